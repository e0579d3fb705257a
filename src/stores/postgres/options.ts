import type { PgPool } from './driver.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters that `pg` knows. */
  readonly url?: string;
  /**
   * A pool of `pg`, or of its shape, in place of `url`. It MUST be for these stores alone, which set its
   * connections up for themselves; they take one of them for good, and never end the pool. It needs
   * at least three.
   */
  readonly pool?: PgPool;
  /** The schema in which the tables are, created by `open`. Default `runchart`. */
  readonly schema?: string;
  /** How many connections this process has at most, beside one for its lease. Default 6. */
  readonly connections?: number;
  /**
   * After how many milliseconds of silence the server takes the owners of this process for dead. Default
   * 10 seconds. It is told of life three times as often.
   */
  readonly leaseMs?: number;
  /**
   * How long a statement may take, in milliseconds, before it is given up, and its connection ended.
   * Default 30 seconds. Compacting and diagnosing take their time.
   */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection, in milliseconds. Default 10 seconds. */
  readonly connectTimeoutMs?: number;
  /**
   * How long a look at a run waits, in milliseconds, while it is being found out whether its last append
   * was stored. Default 5 seconds. After that it rejects with STORE_FAILED.
   */
  readonly doubtLimitMs?: number;
  /**
   * How often to look for commits of others while somebody watches, in milliseconds. Default 1 second. Others
   * tell of their commits at once: this is for what they could not tell.
   */
  readonly watchIntervalMs?: number;
  /**
   * Runs that are created get a chain of hashes over their events, by which `verify` finds what was changed
   * in the database. Default false. A run keeps what it was created with, whoever writes to it.
   */
  readonly chain?: boolean;
  /** Refuse to create a missing schema (INPUT_INVALID), as commands that only read should. */
  readonly mustExist?: boolean;
}

export interface PostgresSettings extends Required<Omit<PostgresOptions, 'url' | 'pool'>> {
  readonly from: { readonly url: string } | { readonly pool: PgPool };
}

/** What a name may have in bytes: Postgres cuts longer ones without a word. */
const MAX_NAME_BYTES = 63;
/** What a timer of the server can be told, in milliseconds. */
const MAX_MS = 2 ** 31 - 1;

export function resolveOptions(given: string | PostgresOptions): PostgresSettings {
  const options = typeof given === 'string' ? { url: given } : given;
  const { url, pool, schema = 'runchart', connections = 6 } = options;
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('Expected the url of a server or a pool, one of the two.');
  }
  if (schema === '' || schema.includes('\0') || Buffer.byteLength(schema) > MAX_NAME_BYTES) {
    throw new TypeError(
      `Expected the name of a schema, of 1 to ${MAX_NAME_BYTES} bytes, got "${schema}".`,
    );
  }
  if (!Number.isSafeInteger(connections) || connections < 1) {
    throw new TypeError(`Expected a number of connections from 1 on, got ${connections}.`);
  }
  const times = {
    leaseMs: options.leaseMs ?? 10_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    doubtLimitMs: options.doubtLimitMs ?? 5_000,
    watchIntervalMs: options.watchIntervalMs ?? 1_000,
  };
  for (const [name, ms] of Object.entries(times)) {
    if (Number.isSafeInteger(ms) && ms >= 1 && ms <= MAX_MS) continue;
    throw new TypeError(`Expected whole milliseconds from 1 on as ${name}, got ${ms}.`);
  }
  const { chain = false, mustExist = false } = options;
  const from = url === undefined ? { pool: pool as PgPool } : { url };
  return { from, schema, connections, ...times, chain, mustExist };
}
