import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newSeed } from '../support/runtime/random.ts';

const PROGRAM = fileURLToPath(new URL('../support/simulated-histories.ts', import.meta.url));
/** Together they have every kind of thing that a plan can have. */
const SEEDS = [1, 2, 6, 8, 9, 13, 16, 18, 129] as const;
const PATIENCE_MS = 300_000;
const MAX_BYTES = 64 * 2 ** 20;

const KINDS = [
  'machine.transitioned',
  'planning.completed',
  'verification.reported',
  'blobs.put',
  'outcome="expired"',
  'RUN_TIMEOUT',
  'DEFINITION_CHANGED',
  'VERIFICATION_FAILED',
  '"how":"twice"',
  '"how":"late"',
  '"code":1',
  '{"op":"slow"}',
  '{"op":"child"',
  'child.started',
  'prune',
  'dies: ',
];

function historiesOf(seeds: readonly number[]): string {
  return execFileSync(process.execPath, [PROGRAM, ...seeds.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: MAX_BYTES,
  });
}

it(
  'the same seeds give the same histories in two processes, byte for byte, whatever is in their plans',
  () => {
    const seed = newSeed();
    console.log(`seed ${seed}`);
    const once = historiesOf([...SEEDS, seed]);
    expect(historiesOf([...SEEDS, seed])).toBe(once);
    for (const kind of KINDS) expect(once, 'seeds that have everything').toContain(kind);
  },
  PATIENCE_MS,
);
