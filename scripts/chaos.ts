/**
 * Several workers over one store, killed and stopped again and again, and the proof that nothing was lost:
 * `node scripts/chaos.ts --store sqlite|postgres|nats [--minutes 5] [--runs 300] [--seed N] [--capacity 16]
 * [--dispatch store] [--plant stale|lost|skip|greedy] [--keep]`.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '../test/support/chaos/engines.ts';
import { PLANTS } from '../test/support/chaos/plants.ts';
import { line, tell } from '../test/support/chaos/verdict.ts';
import { workerChaos } from '../test/support/chaos/worker-chaos.ts';
import { newSeed } from '../test/support/runtime/random.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    minutes: { type: 'string', default: '5' },
    runs: { type: 'string', default: '300' },
    capacity: { type: 'string' },
    seed: { type: 'string' },
    dispatch: { type: 'string', default: 'store' },
    plant: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const plant = PLANTS.find((name) => name === values.plant);
if (values.plant !== undefined && plant === undefined) {
  throw new TypeError(`Expected one of ${PLANTS.join(', ')} to plant, got ${values.plant}`);
}
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
line('seed', seed);
const folder = values.keep ? mkdtempSync(join(tmpdir(), 'runchart-chaos-')) : undefined;
if (folder !== undefined) line('folder', folder);
await using engine = await startEngine(values.store);
if (engine === undefined) process.exit(1);
tell(
  await workerChaos({
    store: engine.address,
    minutes: Number(values.minutes),
    runs: Number(values.runs),
    ...(values.capacity !== undefined && { capacity: Number(values.capacity) }),
    dispatch: values.dispatch,
    seed,
    say: (line) => console.log(line),
    ...(plant !== undefined && { plant }),
    ...(folder !== undefined && { folder }),
  }),
);
