import { RunchartError } from '../../errors.ts';
import type { Backend, PgClient, PgPool, PgQuery } from './driver.ts';
import type { PostgresSettings } from './options.ts';
import { plain } from './statement.ts';
import { ConnectionLost, endsConnection, isConflict, storeError } from './store-error.ts';

/** More than the server's own limit, so that it is the server that ends a statement if it can. */
const ANSWER_MARGIN_MS = 2_000;
/** Attempts to get past those who write to the same rows at the same time. */
const MAX_ATTEMPTS = 20;

/** Statements on one connection, within a transaction or not. */
export interface Queries {
  rows<Row>(query: PgQuery): Promise<Row[]>;
}

/** A connection that was lost while a statement was under way: see Endings. */
export class StatementLost extends ConnectionLost {
  readonly backend: Backend;

  constructor(backend: Backend, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.backend = backend;
  }
}

/** A connection of the caller's own. */
export interface HeldConnection extends Queries {
  readonly client: PgClient;
  readonly backend: Backend;
  /** Gives it back, or closes it. */
  release(isUsable: boolean): void;
}

export interface RunOptions {
  /** Another limit than that of ordinary statements, which the server is told too; milliseconds. */
  readonly timeoutMs?: number;
}

type Limits = Pick<PostgresSettings, 'statementTimeoutMs' | 'connectTimeoutMs'>;

/**
 * The connections of these stores. Each is set up once, and is given up as soon as it fails or does not
 * answer in time; what was under way on it then rejects with StatementLost, and `onLost` hears of it.
 */
export class Database implements Queries {
  readonly #pool: PgPool;
  readonly #limits: Limits;
  readonly #onLost: (backend: Backend) => void;
  readonly #backends = new WeakMap<PgClient, Backend>();

  constructor(pool: PgPool, limits: Limits, onLost: (backend: Backend) => void) {
    this.#pool = pool;
    this.#limits = limits;
    this.#onLost = onLost;
  }

  /** The rows that one statement answers; it is a transaction of its own. */
  rows<Row>(query: PgQuery, options?: RunOptions): Promise<Row[]> {
    return this.use((queries) => queries.rows<Row>(query), options);
  }

  /** Several statements as one transaction; tried again when others wrote to the same rows at once. */
  async transaction<T>(action: (queries: Queries) => Promise<T>, options?: RunOptions): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.use(async (queries) => {
          await queries.rows(plain('BEGIN'));
          try {
            const answer = await action(queries);
            await queries.rows(plain('COMMIT'));
            return answer;
          } catch (error) {
            if (!(error instanceof ConnectionLost)) await queries.rows(plain('ROLLBACK'));
            throw error;
          }
        }, options);
      } catch (error) {
        if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Uses one connection, for as long as `action` takes. */
  async use<T>(
    action: (queries: Queries) => Promise<T>,
    { timeoutMs }: RunOptions = {},
  ): Promise<T> {
    const held = await this.hold(timeoutMs);
    const limit = (ms: number) => held.rows(plain(`SET statement_timeout = ${ms}`));
    let isUsable = false;
    try {
      if (timeoutMs !== undefined) await limit(timeoutMs);
      const answer = await action(held);
      if (timeoutMs !== undefined) await limit(this.#limits.statementTimeoutMs);
      isUsable = true;
      return answer;
    } catch (error) {
      isUsable = timeoutMs === undefined && !(error instanceof ConnectionLost);
      throw error;
    } finally {
      held.release(isUsable);
    }
  }

  /** A connection for as long as the caller needs it, which MUST release it. STORE_FAILED when there is none. */
  async hold(timeoutMs = this.#limits.statementTimeoutMs): Promise<HeldConnection> {
    const client = await this.#take();
    const backend = this.#backends.get(client);
    if (backend === undefined) throw new TypeError('Expected a connection that was set up.');
    return {
      client,
      backend,
      rows: async <Row>(query: PgQuery) => {
        try {
          const { rows } = await answered(client.query(query), timeoutMs + ANSWER_MARGIN_MS);
          return rows as Row[];
        } catch (error) {
          if (!endsConnection(error)) throw error;
          this.#onLost(backend);
          throw new StatementLost(backend, error);
        }
      },
      release: (isUsable) => client.release(!isUsable),
    };
  }

  async #take(): Promise<PgClient> {
    let client: PgClient;
    const pending = this.#pool.connect();
    try {
      client = await answered(pending, this.#limits.connectTimeoutMs);
    } catch (error) {
      // One that comes too late is for somebody else.
      pending.then(
        (late) => late.release(),
        () => {},
      );
      throw storeError(error, 'Connecting to Postgres');
    }
    if (this.#backends.has(client)) return client;
    try {
      // Losses show themselves in the statements; without a listener they would end the process.
      client.on('error', () => {});
      const setUp = client.query(plain(setUpOf(this.#limits.statementTimeoutMs), []));
      const { rows } = await answered(setUp, this.#limits.connectTimeoutMs);
      this.#backends.set(client, rows[0] as Backend);
      return client;
    } catch (error) {
      client.release(true);
      throw storeError(error, 'Setting a connection up');
    }
  }
}

/** Rejects when there is no answer in time. */
async function answered<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ConnectionLost(`there was no answer for ${limitMs} ms`)),
    limitMs,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How the instant of a connection's start is written: see Backend. */
export const STARTED_AT = `(extract(epoch FROM backend_start) * 1000000)::bigint::text`;

/**
 * What each connection is told first. Every statement of ours goes by an index, and the planner is kept
 * from what is faster only while a table is small: a plan is made once per connection. An operator who has
 * chosen one of the weaker kinds of `synchronous_commit` keeps it, but not none at all.
 */
function setUpOf(statementTimeoutMs: number): string {
  const settings: Readonly<Record<string, string>> = {
    statement_timeout: String(statementTimeoutMs),
    idle_in_transaction_session_timeout: String(statementTimeoutMs),
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    jit: 'off',
  };
  const set = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', '${value}', false)`,
  );
  return `
    SELECT pid, ${STARTED_AT} AS "startedAt", ${set.join(', ')},
      set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
    FROM pg_stat_activity WHERE pid = pg_backend_pid()`;
}

/** Tries again as long as others write to the same rows at once; then STORE_BUSY. */
export async function untilDecided<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let n = 0; n < MAX_ATTEMPTS; n += 1) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new RunchartError(
    'STORE_BUSY',
    `Others wrote to the same rows at the same time ${MAX_ATTEMPTS} times; try again later.`,
  );
}
