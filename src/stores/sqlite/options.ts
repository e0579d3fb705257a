import type { OpenDatabase } from './driver.ts';
import { openNodeDatabase } from './node-driver.ts';

export interface SqliteOptions {
  /**
   * What an acknowledged write survives. `full`, the default, syncs every commit: nothing is lost, by a
   * kill -9 or by a power cut. `normal` syncs at checkpoints: a kill -9 loses nothing, a power cut may
   * take the last commits (whole ones, from the end) but never leaves a gap or a damaged file.
   */
  readonly durability?: Durability;
  /**
   * Where commits run. `worker`, the default, keeps the sync to disk and the waiting for other
   * processes off the event loop; `inline` has no thread to start, and suits tests and short commands.
   */
  readonly writer?: 'worker' | 'inline';
  /** The SQLite binding, node:sqlite by default. A function cannot go to a worker: it implies `inline`. */
  readonly driver?: OpenDatabase;
  /**
   * Runs that are created get a chain of hashes over their events, by which `verify` finds what was changed
   * in the file. Default false. A run keeps what it was created with, whoever writes to it.
   */
  readonly chain?: boolean;
  /** Refuse to create a missing file (INPUT_INVALID), as commands that only read should. */
  readonly mustExist?: boolean;
  /**
   * How often to look for commits of other processes while somebody watches. 25 ms is below what people
   * notice, and at some 10 microseconds a look costs well under a thousandth of a core.
   */
  readonly watchIntervalMs?: number;
  /** How long a write waits for other processes before it rejects with STORE_BUSY; 10 seconds. */
  readonly busyLimitMs?: number;
}

export type Durability = 'full' | 'normal';

/** What the writer needs to know. Plain data, so that it can go to a thread. */
export interface WriterSettings {
  readonly path: string;
  readonly durability: Durability;
  readonly watchIntervalMs: number;
  readonly busyLimitMs: number;
  readonly chain: boolean;
}

export interface SqliteSettings extends WriterSettings {
  readonly writer: 'worker' | 'inline';
  readonly driver: OpenDatabase;
  readonly mustExist: boolean;
}

export function resolveOptions(path: string, options: SqliteOptions): SqliteSettings {
  if (path === '' || path === ':memory:' || path.startsWith('file:')) {
    throw new TypeError(`Expected the path of a file, got "${path}"; use memory() without a file.`);
  }
  const { driver = openNodeDatabase } = options;
  const { writer = options.driver === undefined ? 'worker' : 'inline' } = options;
  if (options.driver !== undefined && writer === 'worker') {
    throw new TypeError("Expected writer: 'inline' with a driver of your own, got 'worker'.");
  }
  return {
    path,
    driver,
    writer,
    durability: options.durability ?? 'full',
    chain: options.chain ?? false,
    mustExist: options.mustExist ?? false,
    watchIntervalMs: options.watchIntervalMs ?? 25,
    busyLimitMs: options.busyLimitMs ?? 10_000,
  };
}
