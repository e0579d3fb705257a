// Run as a process of its own with --expose-gc: how much memory runs take when nothing happens to them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type Runtime } from '../src/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';

const RUNS = 100_000;

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('start with node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Bytes of heap per run, of RUNS runs that are made and then left alone. */
async function perRun(make: (runtime: Runtime) => Promise<unknown>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  const runtime = await createRuntime({ stores: sqlite(join(folder, 'runs.db')) });
  // Warm: what is allocated once is not what a run costs.
  await Promise.all(Array.from({ length: 1000 }, () => make(runtime)));
  const before = heapBytes();
  const kept: unknown[] = [];
  for (let i = 0; i < RUNS; i += 1000) {
    kept.push(...(await Promise.all(Array.from({ length: 1000 }, () => make(runtime)))));
  }
  const bytes = (heapBytes() - before) / RUNS;
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
  if (kept.length !== RUNS) throw new Error('not all runs were made');
  return bytes;
}

const finished = await perRun(async (runtime) => {
  const run = await runtime.open();
  await run.complete();
});
// The handle is kept, as a program that drives its runs would keep it.
const idle = await perRun(async (runtime) => {
  const run = await runtime.open();
  await run.record({ type: 'run.started', prompt: 'wait for it' });
  return run;
});
console.log(
  `heap per run: ${finished.toFixed(0)} bytes of ${RUNS} finished ones, ${idle.toFixed(0)} bytes of ${RUNS} active idle ones with their handles`,
);
