import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime } from '../../../src/index.ts';
import { ACTIVE_STATUSES } from '../../../src/machines/index.ts';
import { newSeed, randomFrom } from '../runtime/random.ts';
import { openStores } from './open-stores.ts';
import type { PartProcess } from './parts.ts';
import { Parts } from './parts.ts';
import type { Plant } from './plants.ts';
import type { Verdict } from './verdict.ts';

export interface WorkerChaosOptions {
  /** The address of the stores. */
  readonly store: string;
  readonly minutes: number;
  readonly runs: number;
  readonly workers?: number;
  /** Runs that a worker drives at once. */
  readonly capacity?: number;
  readonly seed?: number;
  readonly dispatch?: string;
  readonly plant?: Plant;
  readonly leaseMs?: number;
  /** Where papers stay; otherwise they are deleted. */
  readonly folder?: string;
  /** Said while it goes on. */
  readonly say?: (line: string) => void;
}

const WORKERS = 3;
const CAPACITY = 16;
/** Of the orchestrator: how many runs there are to be at least, as a share of those to begin with. */
const ALIVE = 0.1;
const LEASE_MS = 3_000;
/** Between two blows, in milliseconds. */
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 6_000;
/** Share of the blows that kill; the others stop a process beyond its lease. */
const KILLS = 0.6;
/** Beyond the lease, in milliseconds. */
const LONGEST_BEYOND_MS = 3_000;
/** How long what is left may take in the end, in milliseconds. */
const DRAIN_MS = 180_000;

/**
 * Several workers over one store, killed and stopped while runs are started, followed and cancelled by other
 * processes; and then the verdict of one that has seen nothing of it.
 */
export async function workerChaos(options: WorkerChaosOptions): Promise<Verdict> {
  const { seed = newSeed(), plant = null, say = () => {}, leaseMs = LEASE_MS } = options;
  const { store, minutes, runs, workers = WORKERS, dispatch = 'store' } = options;
  const { capacity = CAPACITY } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'runchart-chaos-'));
  const random = randomFrom(seed);
  const common = {
    folder,
    store,
    leaseMs,
    dispatch,
    capacity,
    runs,
    alive: Math.max(10, Math.round(runs * ALIVE)),
    plant: null,
  };
  using parts = new Parts(common, random);
  const startWorker = (): PartProcess =>
    parts.start('worker', { plant: plant === 'skip' ? null : plant });
  try {
    // The first one creates what the store needs, so that the others find it.
    const orchestrator = parts.start('orchestrator');
    await orchestrator.begun;
    const subscriber = parts.start('subscriber', { plant: plant === 'skip' ? plant : null });
    const outsider = parts.start('outsider');
    for (let n = 0; n < workers; n += 1) startWorker();
    await Promise.all([subscriber, outsider, ...parts.alive('worker')].map(({ begun }) => begun));
    say(`${workers} workers of ${capacity}, ${runs} runs, ${minutes} minutes`);
    await torment(parts, { untilMs: Date.now() + minutes * 60_000, startWorker, random, leaseMs });
    for (const part of [orchestrator, outsider]) part.ask();
    await Promise.all([orchestrator.gone, outsider.gone]);
    say('no more blows; what is left comes to its end');
    await drain(store, parts, startWorker);
    subscriber.ask();
    await Promise.race([subscriber.gone, sleep(DRAIN_MS / 6)]);
    for (const worker of parts.alive('worker')) worker.ask();
    await Promise.race([
      Promise.all(parts.alive('worker').map(({ gone }) => gone)),
      sleep(DRAIN_MS / 6),
    ]);
    return await judge(parts, folder);
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

interface Torment {
  readonly untilMs: number;
  readonly startWorker: () => PartProcess;
  readonly random: () => number;
  readonly leaseMs: number;
}

/** Kills and stops workers until it is time. */
async function torment(parts: Parts, torment: Torment): Promise<void> {
  const { untilMs, startWorker, random, leaseMs } = torment;
  const blows: Promise<void>[] = [];
  const held = new Set<PartProcess>();
  const strike = async (worker: PartProcess, isKill: boolean, beyond: number): Promise<void> => {
    held.add(worker);
    if (isKill) {
      worker.kill();
      await sleep(beyond * 1_000);
      startWorker();
    } else {
      worker.freeze();
      await sleep(leaseMs + beyond * LONGEST_BEYOND_MS);
      worker.goOn();
    }
    held.delete(worker);
  };
  for (;;) {
    await sleep(SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
    const [choice, isKill, beyond] = [random(), random() < KILLS, random()];
    if (Date.now() >= untilMs) break;
    const free = parts.alive('worker').filter((worker) => worker.hasBegun && !held.has(worker));
    const worker = free[Math.floor(choice * free.length)];
    // With nobody left one would measure how long a process takes to start.
    if (worker !== undefined && free.length > 1) blows.push(strike(worker, isKill, beyond));
  }
  await Promise.all(blows);
}

/** Until every run is over, and for as long as that may take. */
async function drain(store: string, parts: Parts, startWorker: () => PartProcess): Promise<void> {
  const stores = openStores(store, { leaseMs: LEASE_MS });
  await using runtime = await createRuntime({ stores, role: 'orchestrator' });
  for (const endMs = Date.now() + DRAIN_MS; Date.now() < endMs; await sleep(500)) {
    if (parts.alive('worker').length === 0) startWorker();
    const { runs } = await runtime.list({ status: ACTIVE_STATUSES, limit: 1_000 });
    if (runs.length === 0) return;
    for (const { snapshot } of runs) {
      const { waiting, runId } = snapshot;
      if (waiting?.parked === 'waiting' && waiting.wakeAtMs === null) {
        await (await runtime.get(runId)).send({ go: true });
      }
    }
  }
}

export async function judge(parts: Parts, folder: string): Promise<Verdict> {
  const file = join(folder, 'verdict.json');
  writeFileSync(join(folder, 'disturbances.json'), JSON.stringify(parts.disturbances));
  const child = parts.start('judge', { disturbances: parts.disturbances } as object, [file]);
  await child.gone;
  const { figures, violations } = readVerdict(file, join(folder, `${child.name}.stderr`));
  return { figures, violations: [...violations, ...parts.falls()] };
}

function readVerdict(file: string, stderr: string): Verdict {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Verdict;
  } catch {
    throw new Error(`There is no verdict: ${readFileSync(stderr, 'utf8')}`);
  }
}
