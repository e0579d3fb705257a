import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRuntime } from '../src/index.ts';
import { quantile } from './probe.ts';
import { drop, type Engine, type Place, storesOf } from './shared-engines.ts';
import { steps, type WorkerReport, type WorkerTask } from './shared-worker.ts';

const WORKERS = [1, 2, 3];
/** Runs that each process records on, or drives at once. */
const RUNS = 200;
/** Runs that are started for all workers together. */
const STARTED = 300;
const FILE = fileURLToPath(new URL('shared-worker.ts', import.meta.url));

let places = 0;

/** How appends, and whole runs, get on with 1, 2 and 3 processes: medians of rounds, and the ratio to one process. */
export async function benchSharedWorkers(
  engine: Engine,
  rounds: number,
  trialMs: number,
): Promise<void> {
  const appends = new Map<number, number[]>();
  const started = new Map<number, number[]>();
  const whole = new Map<number, number[]>();
  const servers = new Map<number, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < WORKERS.length; i += 1) {
      const count = WORKERS[(i + round) % WORKERS.length] ?? 1;
      const place = { engine: engine.engine, url: engine.url, name: `w${(places += 1)}` };
      add(appends, count, await appendsOf(place, count, trialMs));
      const serverUs = engine.cpuUs();
      const rates = await runsOf(place, count);
      add(servers, count, (engine.cpuUs() - serverUs) / STARTED);
      add(started, count, rates.started);
      add(whole, count, rates.ended);
      await drop(place);
    }
  }
  const rows = WORKERS.map((count) => ({
    [`${engine.engine}: processes`]: count,
    'events/s': median(appends, count),
    'to one': ratio(appends, count),
    'runs started/s': median(started, count),
    'runs ended/s': median(whole, count),
    'to one ': ratio(whole, count),
    'server us/run': median(servers, count),
  }));
  console.table(rows);
}

/** Events that all processes together record in a second. */
async function appendsOf(place: Place, count: number, trialMs: number): Promise<number> {
  const workers = await begin({ place, what: 'appends', runs: RUNS, trialMs }, count);
  const reports = await end(workers);
  return reports.reduce((total, { events, ms }) => total + (events * 1000) / ms, 0);
}

/** Runs that an orchestrator starts in a second, and that come to their end in one from the first start on. */
async function runsOf(
  place: Place,
  count: number,
): Promise<{ readonly started: number; readonly ended: number }> {
  const workers = await begin({ place, what: 'steps', runs: RUNS, trialMs: 0 }, count);
  const stores = storesOf(place);
  const runtime = await createRuntime({ stores, definitions: [steps], role: 'orchestrator' });
  const startMs = performance.now();
  await Promise.all(Array.from({ length: STARTED }, () => runtime.start(steps)));
  const startedMs = performance.now() - startMs;
  while ((await runtime.counts()).completed < STARTED) await sleep(20);
  const endedMs = performance.now() - startMs;
  await runtime.close();
  await end(workers);
  return { started: (STARTED * 1000) / startedMs, ended: (STARTED * 1000) / endedMs };
}

async function begin(task: WorkerTask, count: number): Promise<readonly ChildProcess[]> {
  const workers = Array.from({ length: count }, () => fork(FILE, [JSON.stringify(task)]));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

async function end(workers: readonly ChildProcess[]): Promise<readonly WorkerReport[]> {
  const reports = workers.map(async (worker) => {
    worker.send('go');
    const [report] = (await once(worker, 'message')) as [WorkerReport];
    return report;
  });
  const all = await Promise.all(reports);
  for (const worker of workers) if (worker.exitCode === null) await once(worker, 'exit');
  return all;
}

function add(map: Map<number, number[]>, count: number, value: number): void {
  map.set(count, [...(map.get(count) ?? []), value]);
}

function median(map: ReadonlyMap<number, readonly number[]>, count: number): number {
  return Math.round(quantile(map.get(count) ?? [], 0.5));
}

/** Round by round, to the same with one process. */
function ratio(map: ReadonlyMap<number, readonly number[]>, count: number): string {
  const one = map.get(1) ?? [];
  const ratios = (map.get(count) ?? []).map((value, i) => value / (one[i] ?? Number.NaN));
  return quantile(ratios, 0.5).toFixed(2);
}
