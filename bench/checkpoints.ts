import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelValues, type CheckpointRef, diffState } from '../src/stores/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { quantile } from './probe.ts';

const STEPS = [10, 100, 1_000, 10_000];
/** Beyond it the raw loop would write gigabytes: 1 KiB more each time. */
const MOST_RAW_STEPS = 1_000;
const LOADS = 20;
const LINE = { definition: 'bench', runId: 'run_0123456789abcdefghij' };

/** One way to keep the state of a run after each of its super-steps. */
interface Keeper {
  readonly path: string;
  /** Keeps the state after super-step `step`; durable when it resolves, or returns. */
  save(step: number, values: ChannelValues): Promise<unknown> | void;
  load(step: number): Promise<ChannelValues> | ChannelValues;
  close(): Promise<void> | void;
}

interface Trial {
  /** Milliseconds of each save. */
  readonly saves: readonly number[];
  /** Medians of loading the last, a middle and the first step, in milliseconds. */
  readonly loads: readonly number[];
  /** The file and its log: before, and after closing. */
  readonly openBytes: number;
  readonly bytes: number;
}

/** Saving and loading of a state that grows by 1 KiB with each super-step, beside whole JSON values. */
export async function benchCheckpoints(rounds: number): Promise<void> {
  for (const steps of STEPS) {
    const turns = Math.max(1, Math.min(rounds, Math.floor(1_000 / steps)));
    const ours: Trial[] = [];
    const raw: Trial[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      ours.push(await measure(openStore, steps));
      if (steps <= MOST_RAW_STEPS) raw.push(await measure(openRaw, steps));
    }
    print(steps, ours, raw);
  }
}

async function measure(
  open: (path: string) => Promise<Keeper> | Keeper,
  steps: number,
): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  try {
    const keeper = await open(join(folder, 'runs.db'));
    const saves: number[] = [];
    let log: readonly string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      log = log.concat(`${step} `.padEnd(1_024, 'x'));
      const values: ChannelValues = { log, goal: 'a goal', stage: 'middle', step };
      saves.push(await timed(() => keeper.save(step, values)));
    }
    const openBytes = bytesOf(keeper.path);
    const loads: number[] = [];
    for (const step of [steps, Math.ceil(steps / 2), 1]) loads.push(await loading(keeper, step));
    await keeper.close();
    return { saves, loads, openBytes, bytes: bytesOf(keeper.path) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loading(keeper: Keeper, step: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < LOADS; i += 1) {
    times.push(
      await timed(async () => {
        const { log } = await keeper.load(step);
        if ((log as readonly string[]).length !== step)
          throw new Error(`step ${step} is not whole`);
      }),
    );
  }
  return quantile(times, 0.5);
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function bytesOf(path: string): number {
  const sizes = [path, `${path}-wal`].map((file) => (existsSync(file) ? statSync(file).size : 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What the runtime does: the store gets the change, and keeps that. */
async function openStore(path: string): Promise<Keeper> {
  const stores = sqlite(path, { writer: 'inline' });
  await stores.open();
  const { checkpoints } = stores;
  let last: { readonly from: CheckpointRef; readonly values: ChannelValues } | undefined;
  return {
    path,
    save: async (superStep, values) => {
      const change = last && { from: last.from, patch: diffState(last.values, values) };
      const draft = { ...LINE, superStep, label: null, createdAtMs: 0, values };
      const { version } = await checkpoints.save({ ...draft, ...(change && { change }) });
      last = { from: { superStep, version }, values };
    },
    load: async (superStep) => (await checkpoints.load({ ...LINE, superStep }))?.values ?? {},
    close: () => stores.close(),
  };
}

/** What a program does without thinking, as durable: a row of whole JSON for each. */
function openRaw(path: string): Keeper {
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE checkpoints(run_id TEXT, super_step INTEGER, vals TEXT, UNIQUE(run_id, super_step)) STRICT;`);
  const insert = db.prepare('INSERT INTO checkpoints VALUES(?, ?, ?)');
  const select = db.prepare('SELECT vals FROM checkpoints WHERE run_id = ? AND super_step = ?');
  return {
    path,
    save: (step, values) => void insert.run(LINE.runId, step, JSON.stringify(values)),
    load: (step) => {
      const { vals } = select.get(LINE.runId, step) as { vals: string };
      return JSON.parse(vals) as ChannelValues;
    },
    close: () => db.close(),
  };
}

function print(steps: number, ours: readonly Trial[], raw: readonly Trial[]): void {
  const median = (trials: readonly Trial[], of: (trial: Trial) => number): number =>
    quantile(trials.map(of), 0.5);
  const row = (what: string, digits: number, of: (trial: Trial) => number) => ({
    what,
    ours: median(ours, of).toFixed(digits),
    'whole JSON': raw.length === 0 ? '-' : median(raw, of).toFixed(digits),
    'whole / ours': raw.length === 0 ? '-' : (median(raw, of) / median(ours, of)).toFixed(2),
  });
  const mean = (times: readonly number[]): number =>
    times.reduce((sum, time) => sum + time, 0) / times.length;
  console.log(`\n${steps} super-steps of 1 KiB each; milliseconds, and MiB on disk`);
  console.table([
    row('save, median', 3, ({ saves }) => quantile(saves, 0.5)),
    row('save, mean', 3, ({ saves }) => mean(saves)),
    row('save, the last tenth, median', 3, ({ saves }) =>
      quantile(saves.slice(-Math.ceil(saves.length / 10)), 0.5),
    ),
    row('save, longest', 2, ({ saves }) => Math.max(...saves)),
    row('load the last', 3, ({ loads }) => loads[0] ?? Number.NaN),
    row('load a middle one', 3, ({ loads }) => loads[1] ?? Number.NaN),
    row('load the first', 3, ({ loads }) => loads[2] ?? Number.NaN),
    row('on disk, with the log', 2, ({ openBytes }) => openBytes / 2 ** 20),
    row('on disk, closed', 2, ({ bytes }) => bytes / 2 ** 20),
  ]);
}
