import { type Db, PgBoss } from 'pg-boss';
import type { Dispatch } from '../../actors/index.ts';
import { DEFAULT_CONCURRENCY } from '../../defaults.ts';
import { RunchartError } from '../../errors.ts';
import { checkAtLeast } from '../check-at-least.ts';
import { SharedDispatch } from '../shared-dispatch.ts';
import { type Boss, BossQueue } from './boss-queue.ts';

/** A pool of connections to Postgres, such as that of `pg`. */
export interface QueryPool {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface PgBossOptions {
  /** Where Postgres is: `postgres://...`. One of `url`, `pool` and `boss`. */
  readonly url?: string;
  /** A pool of the caller's, which stays open. Nothing is heard of new jobs over it: they are looked for. */
  readonly pool?: QueryPool;
  /** A started instance of pg-boss of the caller's, which goes on after this. */
  readonly boss?: Boss;
  /** The schema with the tables of pg-boss. Default `pgboss`. */
  readonly schema?: string;
  /** The queue. Processes that share runs MUST have the same, and SHOULD know the same definitions. Default `runchart`. */
  readonly name?: string;
  /** Runs driven at once in this process. Default 100. */
  readonly concurrency?: number;
  /** Seconds without a sign of life after which a job is given to another process; at least 10. Default 10. */
  readonly heartbeatSeconds?: number;
  /** Milliseconds between two looks at a queue that was empty. Default 1,000. */
  readonly pollMs?: number;
  /** Connections at most, besides the one that listens. Default 4. */
  readonly connections?: number;
}

/** Less is refused by pg-boss. */
const MIN_HEARTBEAT_SECONDS = 10;
/** How often it is looked for jobs whose worker died, by one of all processes, in seconds. */
const SUPERVISE_SECONDS = 2;
/** How often jobs that are done are deleted, by one of all processes, in seconds. */
const MAINTAIN_SECONDS = 60;

/**
 * Dispatch over pg-boss: processes that share a Postgres take runs from one queue, each as many as it has
 * places for. For up to some thousand runs driven at once.
 */
export function pgBoss(options: PgBossOptions): Dispatch {
  const { name = 'runchart', heartbeatSeconds = 10, pollMs = 1_000 } = options;
  const { concurrency = DEFAULT_CONCURRENCY } = options;
  checkAtLeast(1, { concurrency, pollMs });
  checkAtLeast(MIN_HEARTBEAT_SECONDS, { heartbeatSeconds });
  if (options.url === undefined && options.pool === undefined && options.boss === undefined) {
    throw new RunchartError('INPUT_INVALID', 'pgBoss needs one of `url`, `pool` and `boss`.');
  }
  const queue = new BossQueue({
    name,
    heartbeatSeconds,
    pollMs,
    listens: options.pool === undefined,
    connect: (onError) => connect(options, onError),
  });
  return new SharedDispatch(queue, concurrency);
}

async function connect(
  { url, pool, boss: given, schema, connections = 4 }: PgBossOptions,
  onError: (error: unknown) => void,
): Promise<{ readonly boss: Boss; readonly close: () => Promise<void> }> {
  if (given !== undefined) return { boss: given, close: async () => {} };
  const boss = new PgBoss({
    ...(url !== undefined && { connectionString: url, max: connections }),
    ...(pool !== undefined && { db: over(pool) }),
    ...(schema !== undefined && { schema }),
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: MAINTAIN_SECONDS,
  });
  boss.on('error', onError);
  await boss.start();
  return { boss, close: () => boss.stop({ graceful: false }) };
}

function over(pool: QueryPool): Db {
  return {
    executeSql: async (text, values) => {
      // A text of several statements has several results; none of them is asked for rows.
      const result: unknown = await pool.query(text, values);
      return result as { rows: never[] };
    },
  };
}
