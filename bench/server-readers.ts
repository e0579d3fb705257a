// Readers of a server's streams, as a process of its own: `node server-readers.ts PORT READERS RUN...`.
// Says `ready` when each has got a first event, and at the end how many of them lost or repeated one.
import { connect } from 'node:net';

const [port, readers, ...runIds] = process.argv.slice(2);

let ready = 0;
let ended = 0;
let events = 0;
let broken = 0;

/** Follows a run to its end; every event MUST come once, in order. */
function follow(runId: string): void {
  const socket = connect(Number(port), '127.0.0.1');
  let rest = '';
  let last = 0;
  let isOver = false;
  socket.setEncoding('latin1');
  socket.write(
    `GET /v1/runs/${runId}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`,
  );
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('id: ')) continue;
      if (line.endsWith('-end')) {
        isOver = true;
        if (line !== `id: ${last}-end`) broken += 1;
        socket.destroy();
      } else {
        last += 1;
        events += 1;
        if (line !== `id: ${last}`) broken += 1;
        if (last === 1 && ++ready === Number(readers)) process.send?.('ready');
      }
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (!isOver) broken += 1;
    ended += 1;
    if (ended < Number(readers)) return;
    process.send?.({ events, broken }, () => process.exit());
  });
}

for (let i = 0; i < Number(readers); i += 1) follow(runIds[i % runIds.length] ?? '');
