// A process of its own, started with --expose-gc: what it takes when nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, defineRun, type Run, type Runtime } from '../src/index.ts';
import { type Place, storesOf } from './shared-engines.ts';

/** What such a process is told, as its only argument. */
export interface IdleTask {
  readonly place: Place;
  readonly role: 'worker' | 'orchestrator';
  /**
   * nothing: it opens the stores. handles: it has a handle of every run. drives: so many runs are begun and wait for
   * something that never comes, without being parked.
   */
  readonly does: 'nothing' | 'handles' | 'drives';
  readonly runs: number;
  /** How long it is idle, in milliseconds. */
  readonly idleMs: number;
}

export interface IdleReport {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Round trips to Postgres in that time. */
  readonly queries: number;
  /** CPU of the process in that time, in microseconds. */
  readonly cpuUs: number;
}

/** Parked at once, and for good. */
export const parked = defineRun({ name: 'parked', execute: async ({ receive }) => receive() });

/** Busy for good, with nothing. */
const driven = defineRun({
  name: 'driven',
  execute: ({ step }) =>
    step('wait', ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<null>();
      signal.addEventListener('abort', () => resolve(null));
      return promise;
    }),
});

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function handlesOf(runtime: Runtime): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await runtime.list({ limit: 1000, ...(cursor !== '' && { cursor }) });
    for (const { snapshot } of page.runs) runs.push(await runtime.get(snapshot.runId));
    cursor = page.nextCursor;
  }
  return runs;
}

async function idle({ place, role, does, runs, idleMs }: IdleTask): Promise<IdleReport> {
  let queries = 0;
  const stores = storesOf(place, () => (queries += 1));
  const definitions = [parked, driven];
  const options = { stores, definitions, role, concurrency: Math.max(100, runs) } as const;
  const runtime = await createRuntime(options);
  const before = heapBytes();
  let kept: readonly unknown[] = [];
  if (does === 'handles') kept = await handlesOf(runtime);
  if (does === 'drives') {
    const started = Array.from({ length: runs }, () => runtime.start(driven));
    kept = await Promise.all(started);
    while ((await runtime.stats()).driven.count < runs) await sleep(50);
    await sleep(2_000);
  }
  const heap = heapBytes();
  process.send?.('idle');
  const [first, cpu] = [queries, process.cpuUsage()];
  await sleep(idleMs);
  const { user, system } = process.cpuUsage(cpu);
  const report = {
    heapBytes: does === 'nothing' ? heap : heap - before,
    rssBytes: process.memoryUsage().rss,
    queries: queries - first,
    cpuUs: user + system,
  };
  if (kept.length > runs) throw new Error('there are more runs than were asked for');
  // At once: what is driven is of no interest any more.
  return report;
}

if (import.meta.main) {
  const report = await idle(JSON.parse(process.argv[2] ?? '') as IdleTask);
  process.send?.(report, () => process.exit(0));
}
