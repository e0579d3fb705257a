import { RunchartError } from '../../errors.ts';
import { parseCursor } from '../check-query.ts';
import { duePage, parseDueCursor } from '../due-order.ts';
import type {
  CountQuery,
  DueQuery,
  EventPage,
  GoneRuns,
  ReadOptions,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { textColumn } from './columns.ts';
import type { Database } from './database.ts';
import { eventColumns, RUN_COLUMNS, toEvent, toRun } from './rows.ts';
import { countQuery, listQuery } from './run-query.ts';
import { prepared } from './statement.ts';
import { givenOrNull, givenText, keptText } from './storable-text.ts';

interface PageRow extends StoredEvent {
  readonly lastSeq: number;
  readonly firstSeq: number;
  readonly key: string | null;
  readonly createdKey: string | null;
  readonly createdSeq: number;
  readonly base: string | null;
  readonly head: string | null;
  readonly baseHash: string | null;
  readonly hash: string | null;
}

type ListedRow = RunRecord & { readonly run: number };

/** Reads runs and their logs: each answer is one statement, and so one moment. */
export class EventReader {
  readonly #database: Database;
  readonly #place: string;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#place = place;
    this.#sql = statements(place);
  }

  async read(runId: string, options: ReadOptions): Promise<EventPage> {
    const { afterSeq = 0, limit, chain = false, keys = false } = options;
    // One more than asked for tells whether there is more.
    const rows = await this.#database.rows<PageRow>(
      prepared(this.#sql.page, [keptText(runId), afterSeq, limit + 1]),
    );
    const [first] = rows;
    if (first === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    const found = rows.filter(({ seq }) => seq !== null);
    const shown = found.slice(0, limit);
    const events = shown.map(toEvent);
    const { lastSeq, head, baseHash } = first;
    return {
      events,
      ...(chain && {
        chain: { hashes: shown.map(({ hash }) => hash), base: baseHash, head, lastSeq },
      }),
      ...(keys && {
        keys: {
          created: { key: givenOrNull(first.createdKey), throughSeq: first.createdSeq },
          events: shown.map(({ key }) => givenOrNull(key)),
        },
      }),
      nextAfterSeq: events.at(-1)?.seq ?? afterSeq,
      hasMore: found.length > limit,
      firstSeq: first.firstSeq,
      base: givenOrNull(first.base),
    };
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const [row] = await this.#database.rows<RunRecord>(prepared(this.#sql.run, [keptText(runId)]));
    return row && toRun(row);
  }

  async findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    const rows = await this.#database.rows<StoredEvent>(
      prepared(this.#sql.keyed, [keptText(runId), keptText(key)]),
    );
    return rows.length === 0 ? undefined : rows.map(toEvent);
  }

  /** A cursor is the integer key of the run that comes before the page: keys only grow. */
  async list({ limit, cursor, ...filter }: RunQuery): Promise<RunPage> {
    const step = filter.order === 'oldest' ? 1 : -1;
    const start = step === 1 ? 0 : Number.MAX_SAFE_INTEGER;
    const after = cursor === undefined ? start : parseCursor(cursor);
    const query = listQuery(this.#place, filter, after, limit + 1);
    const rows = await this.#database.rows<ListedRow>(query);
    const last = rows[limit - 1] ?? rows[0];
    const runs = rows.slice(0, limit).map(toRun);
    if (last === undefined || rows.length <= limit) return { runs, nextCursor: null };
    return { runs, nextCursor: String(limit === 0 ? last.run - step : last.run) };
  }

  async countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#database.rows<{ status: string; runs: number }>(
      countQuery(this.#place, query),
    );
    return Object.fromEntries(rows.map(({ status, runs }) => [givenText(status), runs]));
  }

  /** Each definition by its own stretch of the index, merged: the due runs of others are never met. */
  async due({ atMs, afterMs, definitions, limit, cursor }: DueQuery): Promise<RunPage> {
    const after = parseDueCursor(cursor, afterMs);
    const wanted = textColumn([...new Set(definitions)].map(keptText));
    const rows = await this.#database.rows<ListedRow>(
      prepared(this.#sql.due, [wanted, atMs, after.wakeAtMs, after.run, limit + 1]),
    );
    const found = rows.map((row) => ({
      run: row.run,
      wakeAtMs: row.wakeAtMs ?? 0,
      record: toRun(row),
    }));
    return duePage(found, after, limit);
  }

  async owners(): Promise<readonly string[]> {
    const rows = await this.#database.rows<{ owner: string }>(prepared(this.#sql.owners));
    return rows.map(({ owner }) => givenText(owner));
  }

  async secret(): Promise<string> {
    const [row] = await this.#database.rows<{ value: string }>(prepared(this.#sql.secret));
    if (row === undefined) {
      throw new RunchartError('STORE_CORRUPT', 'The secret of these stores is gone.');
    }
    return row.value;
  }

  async goneRuns(): Promise<GoneRuns> {
    const [row] = await this.#database.rows<{ created: number; pruned: number; runs: number }>(
      prepared(this.#sql.gone),
    );
    const { created = 0, pruned = 0, runs = 0 } = row ?? {};
    return { pruned, lost: Math.max(0, created - pruned - runs) };
  }
}

function statements(place: string) {
  const columns = eventColumns('e');
  return {
    // The base may be big, and is the same for each row: it comes with the first one.
    page: `
      SELECT r.last_seq AS "lastSeq", r.head, c.hash AS "baseHash", e.*,
        CASE WHEN e.n IS NULL OR e.n = 1 THEN c.base END AS base,
        coalesce(c.first_seq, 1) AS "firstSeq", r.idempotency_key AS "createdKey",
        r.created_seq AS "createdSeq"
      FROM ${place}.runs AS r LEFT JOIN ${place}.cuts AS c ON c.run = r.run
        LEFT JOIN LATERAL (
          SELECT ${columns}, e.hash, e.idempotency_key AS key, row_number() OVER (ORDER BY e.seq) AS n
          FROM ${place}.events AS e WHERE e.run = r.run AND e.seq > $2 ORDER BY e.seq LIMIT $3
        ) AS e ON true
      WHERE r.run_id = $1 ORDER BY e.seq`,
    run: `SELECT ${RUN_COLUMNS} FROM ${place}.runs WHERE run_id = $1`,
    keyed: `
      SELECT ${columns} FROM ${place}.runs AS r JOIN ${place}.events AS e ON e.run = r.run
      WHERE r.run_id = $1 AND e.idempotency_key = $2 AND e.idempotency_key IS NOT NULL ORDER BY e.seq`,
    due: `
      SELECT d.* FROM unnest($1::text[]) AS wanted(definition) CROSS JOIN LATERAL (
        SELECT run, ${RUN_COLUMNS} FROM ${place}.runs AS r
        WHERE r.definition = wanted.definition AND owner IS NULL AND wake_at IS NOT NULL
          AND wake_at <= $2 AND (wake_at, run) > ($3, $4)
        ORDER BY wake_at, run LIMIT $5
      ) AS d ORDER BY "wakeAtMs", run LIMIT $5`,
    // Each owner by one look into the index, behind the one before: dead runs have none, so there are few.
    owners: `
      WITH RECURSIVE found(owner) AS (
        SELECT min(owner) FROM ${place}.runs WHERE owner IS NOT NULL
        UNION ALL
        SELECT (SELECT min(r.owner) FROM ${place}.runs AS r WHERE r.owner > found.owner)
        FROM found WHERE found.owner IS NOT NULL
      )
      SELECT owner FROM found WHERE owner IS NOT NULL`,
    secret: `SELECT value FROM ${place}.settings WHERE name = 'secret'`,
    gone: `
      SELECT sum(created)::bigint AS created, sum(pruned)::bigint AS pruned,
        (SELECT count(*) FROM ${place}.runs) AS runs
      FROM ${place}.counters`,
  };
}
