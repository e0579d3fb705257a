/**
 * Writes runs until it is killed: `kill-child.ts <database> <acknowledgements> <seed>`. Each thing that
 * the runtime has acknowledged is written down at once, in a file that outlives the process.
 */
import { openSync, writeSync } from 'node:fs';
import { createRuntime, type Run } from '../../../src/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { randomFrom } from './random.ts';

const RUNS = 4;
const EVENTS_PER_RUN = 30;

const [, , file = '', acknowledgements = '', seed = '1'] = process.argv;
const random = randomFrom(Number(seed));
const paper = openSync(acknowledgements, 'a');
const acknowledge = (...words: readonly (string | number)[]): void =>
  void writeSync(paper, `${words.join(' ')}\n`);

const runtime = await createRuntime({ stores: sqlite(file, { writer: 'worker' }) });

async function write(run: Run): Promise<void> {
  for (let n = 0; n < EVENTS_PER_RUN; n += 1) {
    const what = random();
    if (what < 0.8) {
      const burst = 1 + Math.floor(random() * 4);
      const sent = Array.from({ length: burst }, () =>
        run.record({ type: 'custom.note', text: 'x'.repeat(Math.floor(random() * 2_000)) }),
      );
      await Promise.all(sent.map(async (asked) => acknowledge('event', run.id, (await asked).seq)));
    } else if (what < 0.9) {
      const { id } = await run.outputs.artifact('part', { n });
      acknowledge('output', run.id, id);
    } else {
      const { seq } = await run.record({ type: 'log', n }, { idempotencyKey: `k${random()}` });
      acknowledge('event', run.id, seq);
    }
  }
  const { seq } = random() < 0.5 ? await run.complete('all') : await run.cancel();
  acknowledge('event', run.id, seq);
}

/** The runs that the ones before left behind come first. */
const { runs: left } = await runtime.list({
  status: ['created', 'planning', 'executing', 'verifying'],
});
const claimed = await Promise.all(left.map(({ snapshot }) => runtime.claim(snapshot.runId)));
const queue = claimed.filter((run) => run !== undefined);
process.stdout.write('ready\n');
await Promise.all(
  Array.from({ length: RUNS }, async () => {
    for (;;) {
      const run = queue.shift() ?? (await runtime.open());
      acknowledge('event', run.id, 1);
      await write(run);
    }
  }),
);
