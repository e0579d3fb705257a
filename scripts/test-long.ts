/** Tries the random tests as many times more often as the first argument says, 10 by default. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RANDOM = [
  'test/machines/waiting.test.ts',
  'test/machines/snapshot.test.ts',
  'test/machines/fold.invariants.test.ts',
  'test/machines/chart.model.test.ts',
  'test/runtime/interleavings.test.ts',
  'test/work/crash-is-no-crash.test.ts',
  'test/testing/model/commands.test.ts',
  'test/stores/state-patch.test.ts',
];
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'together', '--testTimeout', '600000', ...RANDOM],
  { stdio: 'inherit', env: { ...process.env, RUNCHART_RUNS: process.argv[2] ?? '10' } },
);
process.exitCode = status ?? 1;
