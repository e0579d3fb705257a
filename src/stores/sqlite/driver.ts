/** What the backend binds to a statement. */
export type SqlValue = string | number | null;

export interface RunResult {
  readonly changes: number | bigint;
  readonly lastInsertRowid: number | bigint;
}

export interface Statement {
  run(...values: SqlValue[]): RunResult;
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** The part of a synchronous SQLite connection that the backend uses. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

export interface OpenDatabaseOptions {
  readonly readOnly: boolean;
}

/**
 * Opens a connection. It MUST create a missing file unless `readOnly`, and SHOULD NOT wait for locks:
 * the backend waits by itself.
 *
 * All stores of one process on one file MUST use the same driver: two copies of the SQLite library in
 * one process do not know of each other's POSIX locks and drop them.
 *
 * @example
 * const driver: OpenDatabase = (path, { readOnly }) => new BetterSqlite3(path, { readonly: readOnly });
 */
export type OpenDatabase = (path: string, options: OpenDatabaseOptions) => Database;
