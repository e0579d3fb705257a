/**
 * Drives runs until it is killed: `survive-child.ts <database> <paper> <seed> <runs>`. It goes on with
 * what it finds, and starts so many new runs if there is nothing to go on with; with 0 it ends when
 * all runs are over. What the work of steps has done goes to a file that outlives the process.
 */
import { openSync, writeSync } from 'node:fs';
import { createRuntime, type Runtime } from '../../../src/index.ts';
import { ACTIVE_STATUSES } from '../../../src/machines/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { randomFrom } from './random.ts';
import { INLINE_OUTPUT_BYTES, survivors } from './survivor.ts';

const [, , file = '', paper = '', seed = '1', runs = '0'] = process.argv;
const lines = openSync(paper, 'a');
const { survivor, part } = survivors({
  note: (step, attempt) => void writeSync(lines, `${step}|${attempt}\n`),
  random: randomFrom(Number(seed)),
});

async function activeRuns(runtime: Runtime): Promise<readonly string[]> {
  const { runs } = await runtime.list({ status: ACTIVE_STATUSES, definition: survivor.name });
  return runs.map(({ snapshot }) => snapshot.runId);
}

const runtime = await createRuntime({
  stores: sqlite(file, { writer: 'worker' }),
  definitions: [survivor, part],
  limits: { inlineOutputBytes: INLINE_OUTPUT_BYTES },
  maxAttempts: Number.MAX_SAFE_INTEGER,
  onError: (error) => console.error('onError', error),
});
process.stdout.write('ready\n');
let active = await activeRuns(runtime);
if (active.length === 0) {
  for (let n = 0; n < Number(runs); n += 1) await runtime.start(survivor);
  active = await activeRuns(runtime);
}
for (const runId of active) {
  const run = await runtime.get(runId);
  await run.result().catch((error: unknown) => console.error(runId, error));
}
if (runs === '0') await runtime.close();
// A living process that has nothing to do is killed in time as well.
else setInterval(() => {}, 1_000);
