/** One of two processes that race for the ends of the same runs: `race-child.ts <file> <name>`. */
import { createRuntime, type Receipt, type Run } from '../../../src/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { type FromRacer, send, type ToRacer } from './race.ts';

const [, , file = '', name = ''] = process.argv;
const stores = sqlite(file, { writer: 'inline', durability: 'normal', watchIntervalMs: 5 });
const runtime = await createRuntime({ stores });
let runs: Run[] = [];

const say = (message: FromRacer): void => void process.send?.(message);

process.on('message', async (message: ToRacer) => {
  if (message.kind === 'prepare') {
    runs = await Promise.all(message.runIds.map((id) => runtime.get(id)));
    say({ kind: 'ready' });
  } else if (message.kind === 'go') {
    const receipts: Receipt[] = [];
    // One after the other: each is a transaction of its own, and a race of its own.
    for (const [i, command] of message.commands.entries()) {
      receipts.push(await send(runs[i] as Run, command, name));
    }
    say({ kind: 'receipts', receipts });
  } else {
    await runtime.close();
    process.disconnect();
  }
});
say({ kind: 'ready' });
