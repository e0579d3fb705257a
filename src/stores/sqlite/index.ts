/**
 * Stores in a SQLite file: durable, shared between processes, with no dependency but Node itself.
 * One connection writes, by default on a thread of its own; one reads on the main thread.
 * @module
 */
export { sqlite } from './sqlite.ts';
export type { Durability, SqliteOptions } from './options.ts';
export type {
  Database,
  OpenDatabase,
  OpenDatabaseOptions,
  RunResult,
  SqlValue,
  Statement,
} from './driver.ts';
