// Readers of a server's changes, as a process of its own: `node change-readers.ts PORT READERS PACE_MS`.
// Says `ready` when each has got its first message, and when it is asked how much they were told.
import { connect } from 'node:net';

const [port, readers, paceMs] = process.argv.slice(2);

const told = { messages: 0, missed: 0, bytes: 0 };
let ready = 0;

for (let i = 0; i < Number(readers); i += 1) {
  const socket = connect(Number(port), '127.0.0.1');
  let isFirst = true;
  let rest = '';
  socket.setEncoding('latin1');
  socket.write(`GET /v1/changes?paceMs=${paceMs} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  socket.on('data', (text: string) => {
    told.bytes += text.length;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('event: ')) continue;
      told.messages += 1;
      if (line === 'event: missed') told.missed += 1;
      if (isFirst && ++ready === Number(readers)) process.send?.('ready');
      isFirst = false;
    }
  });
  socket.on('error', () => undefined);
}

process.on('message', () => process.send?.(told, () => process.exit()));
