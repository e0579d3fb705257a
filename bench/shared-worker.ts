// A process of its own: it records on runs of its own, or drives what an orchestrator starts.
import { performance } from 'node:perf_hooks';
import { createRuntime, defineRun } from '../src/index.ts';
import { EVENT } from './contenders.ts';
import { type Place, storesOf } from './shared-engines.ts';

/** What a worker is told, as its only argument. */
export interface WorkerTask {
  readonly place: Place;
  readonly what: 'appends' | 'steps';
  /** Runs of its own, or driven at once. */
  readonly runs: number;
  readonly trialMs: number;
}

/** What a worker says. */
export interface WorkerReport {
  readonly events: number;
  readonly ms: number;
}

/** Three steps that do nothing: what is left is the runtime and the store. */
export const steps = defineRun({
  name: 'steps',
  execute: async ({ step }) => {
    for (const name of ['a', 'b', 'c']) await step(name, () => name);
  },
});

/** Resolves when the parent says so. */
function told(): Promise<unknown> {
  return new Promise((resolve) => void process.once('message', resolve));
}

async function recordFor({ place, runs: count, trialMs }: WorkerTask): Promise<WorkerReport> {
  const runtime = await createRuntime({ stores: storesOf(place) });
  const runs = await Promise.all(Array.from({ length: count }, () => runtime.open()));
  process.send?.('ready');
  await told();
  const startMs = performance.now();
  let events = 0;
  const one = async (run: (typeof runs)[number]): Promise<void> => {
    while (performance.now() < startMs + trialMs) {
      await run.record(EVENT);
      events += 1;
    }
  };
  await Promise.all(runs.map(one));
  const report = { events, ms: performance.now() - startMs };
  await runtime.close();
  return report;
}

async function drive({ place, runs }: WorkerTask): Promise<WorkerReport> {
  const stores = storesOf(place);
  const options = { stores, definitions: [steps], role: 'worker', concurrency: runs } as const;
  const runtime = await createRuntime(options);
  const startMs = performance.now();
  process.send?.('ready');
  await told();
  const { events } = (await runtime.stats()).appends;
  await runtime.close();
  return { events, ms: performance.now() - startMs };
}

if (import.meta.main) {
  // Its parent is gone: nobody would end it.
  process.once('disconnect', () => process.exit());
  const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;
  process.send?.(await (task.what === 'appends' ? recordFor(task) : drive(task)));
  process.disconnect();
}
