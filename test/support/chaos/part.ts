import { setTimeout as sleep } from 'node:timers/promises';
import { isRunchartError, type Stores } from '../../../src/index.ts';
import { randomFrom } from '../runtime/random.ts';
import { openPaper, type Paper } from './paper.ts';
import { openStores } from './open-stores.ts';
import { type Plant, plantIn } from './plants.ts';

/** What a process of the chaos is told when it starts: plain data. */
export interface PartSettings {
  /** Which one it is; its paper has that name. */
  readonly name: string;
  readonly folder: string;
  readonly store: string;
  readonly leaseMs: number;
  readonly seed: number;
  /** Of a worker: runs at once. */
  readonly capacity: number;
  /** Of an orchestrator: runs to begin with, and how many there are to be at any time from then on. */
  readonly runs: number;
  readonly alive: number;
  readonly dispatch: string;
  readonly plant: Plant | null;
}

export interface Part extends PartSettings {
  readonly stores: Stores;
  readonly paper: Paper;
  readonly random: () => number;
  /** Aborted when it was asked to come to its end. */
  readonly stop: AbortSignal;
}

/** What this process was started for. */
export async function thisPart(): Promise<Part> {
  const settings = JSON.parse(process.argv[2] ?? '{}') as PartSettings;
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const random = randomFrom(settings.seed);
  const stores = openStores(settings.store, { leaseMs: settings.leaseMs });
  return {
    ...settings,
    stores: plantIn(stores, settings.plant, random),
    paper: openPaper(settings.folder, settings.name),
    random,
    stop: stop.signal,
  };
}

/** How often a process begins that cannot open its stores, and how long it waits in between, in milliseconds. */
const MOST_TRIES = 30;
const TRY_MS = 1_000;

/** Begins as soon as the stores can be opened: whoever looks after processes would start this one again until then. */
export async function begun<T>(begin: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await begin();
    } catch (error) {
      if (!isRunchartError(error, 'STORE_FAILED') || tries === MOST_TRIES) throw error;
      await sleep(TRY_MS);
    }
  }
}

/** Says to whoever started this process that it has begun. */
export function ready(): void {
  process.stdout.write('ready\n');
}
