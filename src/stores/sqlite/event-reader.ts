import { RunchartError } from '../../errors.ts';
import { parseCursor } from '../check-query.ts';
import { compareDue, duePage, parseDueCursor } from '../due-order.ts';
import type {
  CountQuery,
  DueQuery,
  EventPage,
  GoneRuns,
  PageChain,
  PageKeys,
  ReadOptions,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { LAST_POS } from './change-feed.ts';
import type { Database, Statement } from './driver.ts';
import {
  EVENT_COLUMNS,
  hashOf,
  keyOf,
  RUN_COLUMNS,
  toEvent,
  toBareEvent,
  toListedRun,
  toRun,
} from './rows.ts';
import { countQuery, listQuery } from './run-query.ts';

interface LogHead {
  readonly run: number;
  readonly lastSeq: number;
  readonly firstSeq: number | null;
  readonly base: string | null;
}

/** Each owner by one look into the index, behind the one before: dead runs have none, so there are few. */
const OWNERS = `
  WITH RECURSIVE found(owner) AS (
    SELECT min(owner) FROM runs WHERE owner IS NOT NULL
    UNION ALL
    SELECT (SELECT min(owner) FROM runs WHERE owner > found.owner) FROM found WHERE owner IS NOT NULL
  )
  SELECT owner FROM found WHERE owner IS NOT NULL`;

/** AUTOINCREMENT counts the runs that ever were. One statement, so that a prune is seen whole or not at all. */
export const GONE_RUNS = `
  SELECT CAST((SELECT value FROM settings WHERE name = 'pruned') AS INTEGER) AS pruned,
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0)
      - (SELECT count(*) FROM runs) AS gone`;

/** Reads runs and their logs. No transaction is held open beyond a call. */
export class EventReader {
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #head: Statement;
  readonly #getRun: Statement;
  readonly #events: Statement;
  readonly #whole: Statement;
  readonly #chain: Statement;
  readonly #created: Statement;
  readonly #keyed: Statement;
  readonly #lastPos: Statement;
  readonly #due: Statement;
  readonly #owners: Statement;
  readonly #secret: Statement;
  readonly #gone: Statement;
  readonly #lists = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN');
    this.#end = db.prepare('COMMIT');
    this.#head = db.prepare(
      `SELECT run, last_seq AS lastSeq, base,
         (SELECT min(seq) FROM events WHERE events.run = runs.run) AS firstSeq
       FROM runs LEFT JOIN cuts USING(run) WHERE run_id = ?`,
    );
    this.#getRun = db.prepare(`SELECT ${RUN_COLUMNS} FROM runs WHERE run_id = ?`);
    this.#events = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#whole = db.prepare(
      `SELECT ${EVENT_COLUMNS}, hash, idempotency_key AS key FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#chain = db.prepare(
      `SELECT head, last_seq AS lastSeq, hash AS base FROM runs LEFT JOIN cuts USING(run)
       WHERE run = ?`,
    );
    this.#created = db.prepare(
      'SELECT idempotency_key AS key, created_seq AS throughSeq FROM runs WHERE run = ?',
    );
    this.#keyed = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events JOIN runs USING(run)
       WHERE run_id = ? AND events.idempotency_key = ? ORDER BY seq`,
    );
    this.#lastPos = db.prepare(LAST_POS);
    this.#due = db.prepare(
      `SELECT run, ${RUN_COLUMNS} FROM runs
       WHERE definition = ? AND wake_at <= ? AND (wake_at, run) > (?, ?) AND owner IS NULL
       ORDER BY wake_at, run LIMIT ?`,
    );
    this.#owners = db.prepare(OWNERS);
    this.#gone = db.prepare(GONE_RUNS);
    this.#secret = db.prepare("SELECT value FROM settings WHERE name = 'secret'");
  }

  read(
    runId: string,
    { afterSeq = 0, limit, chain = false, keys = false }: ReadOptions,
  ): EventPage {
    const isWhole = chain || keys;
    // One view of the log: its head may be cut between two statements.
    const { head, rows, ends, created } = this.#atOnce(() => {
      const head = this.#head.get(runId) as LogHead | undefined;
      if (head === undefined) return { rows: [] };
      // One more than asked for tells whether there is more.
      const rows = (isWhole ? this.#whole : this.#events).all(head.run, afterSeq, limit + 1);
      const ends = chain ? (this.#chain.get(head.run) as Omit<PageChain, 'hashes'>) : undefined;
      const created = keys ? (this.#created.get(head.run) as PageKeys['created']) : undefined;
      return { head, rows, ends, created };
    });
    if (head === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    const shown = rows.slice(0, limit);
    const events = shown.map(isWhole ? toBareEvent : toEvent);
    return {
      events,
      ...(ends !== undefined && { chain: { ...ends, hashes: shown.map(hashOf) } }),
      ...(created !== undefined && { keys: { created: { ...created }, events: shown.map(keyOf) } }),
      nextAfterSeq: events.at(-1)?.seq ?? afterSeq,
      hasMore: rows.length > limit,
      firstSeq: head.firstSeq ?? head.lastSeq + 1,
      base: head.base,
    };
  }

  get(runId: string): RunRecord | undefined {
    const row = this.#getRun.get(runId);
    return row === undefined ? undefined : toRun(row);
  }

  findByKey(runId: string, key: string): readonly StoredEvent[] | undefined {
    const events = this.#keyed.all(runId, key).map(toEvent);
    return events.length === 0 ? undefined : events;
  }

  /** A cursor is the integer key of the run that comes before the page: keys only grow. */
  list({ limit, cursor, ...filter }: RunQuery): RunPage {
    const step = filter.order === 'oldest' ? 1 : -1;
    const start = step === 1 ? 0 : Number.MAX_SAFE_INTEGER;
    const { sql, values } = listQuery(filter, cursor === undefined ? start : parseCursor(cursor));
    const rows = this.#prepareList(sql)
      .all(...values, limit + 1)
      .map(toListedRun);
    const last = rows[limit - 1] ?? rows[0];
    const runs = rows.slice(0, limit).map(({ record }) => record);
    if (last === undefined || rows.length <= limit) return { runs, nextCursor: null };
    return { runs, nextCursor: String(limit === 0 ? last.run - step : last.run) };
  }

  countByStatus(query: CountQuery): Readonly<Record<string, number>> {
    const { sql, values } = countQuery(query);
    const rows = this.#prepareList(sql).all(...values) as { status: string; runs: number }[];
    return Object.fromEntries(rows.map(({ status, runs }) => [status, runs]));
  }

  /** Each definition by its own stretch of the index, merged: the due runs of others are never met. */
  due({ atMs, afterMs, definitions, limit, cursor }: DueQuery): RunPage {
    const after = parseDueCursor(cursor, afterMs);
    const found = [...new Set(definitions)].flatMap((definition) =>
      this.#due
        .all(definition, atMs, after.wakeAtMs, after.run, limit + 1)
        .map(toListedRun)
        .map(({ run, record }) => ({ run, record, wakeAtMs: record.wakeAtMs ?? 0 })),
    );
    return duePage(found.sort(compareDue), after, limit);
  }

  owners(): readonly string[] {
    return this.#owners.all().map((row) => (row as { owner: string }).owner);
  }

  secret(): string {
    return (this.#secret.get() as { value: string }).value;
  }

  goneRuns(): GoneRuns {
    const { pruned, gone } = this.#gone.get() as { pruned: number; gone: number };
    return { pruned, lost: Math.max(0, gone - pruned) };
  }

  /** The position of the newest event of the whole store. */
  lastPos(): number {
    return (this.#lastPos.get() as { pos: number }).pos;
  }

  #atOnce<T>(read: () => T): T {
    this.#begin.run();
    try {
      return read();
    } finally {
      this.#end.run();
    }
  }

  #prepareList(sql: string): Statement {
    const statement = this.#lists.get(sql) ?? this.#db.prepare(sql);
    this.#lists.set(sql, statement);
    return statement;
  }
}
