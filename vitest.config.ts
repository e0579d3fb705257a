import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One less than there are processors, which is the default, leaves half of a small machine idle.
    maxWorkers: '100%',
    // Threads and processes that tests start need not compile what an earlier one has compiled.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'runchart-test-compile-cache') },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
