import { RunchartError } from '../../errors.ts';
import { parseCursor } from '../check-query.ts';
import type {
  EventPage,
  ReadOptions,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { LAST_POS } from './change-feed.ts';
import type { Database, SqlValue, Statement } from './driver.ts';
import { EVENT_COLUMNS, RUN_COLUMNS, toEvent, toListedRun, toRun } from './rows.ts';

/** Reads runs and their logs. Each statement is a transaction of its own, so none is held open. */
export class EventReader {
  readonly #db: Database;
  readonly #findRun: Statement;
  readonly #getRun: Statement;
  readonly #events: Statement;
  readonly #keyed: Statement;
  readonly #firstSeq: Statement;
  readonly #lastPos: Statement;
  readonly #lists = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
    this.#findRun = db.prepare('SELECT run, last_seq AS lastSeq FROM runs WHERE run_id = ?');
    this.#getRun = db.prepare(`SELECT ${RUN_COLUMNS} FROM runs WHERE run_id = ?`);
    this.#events = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#keyed = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events JOIN runs USING(run)
       WHERE run_id = ? AND events.idempotency_key = ? ORDER BY seq`,
    );
    this.#firstSeq = db.prepare('SELECT min(seq) AS seq FROM events WHERE run = ?');
    this.#lastPos = db.prepare(LAST_POS);
  }

  read(runId: string, { afterSeq = 0, limit }: ReadOptions): EventPage {
    const head = this.#findRun.get(runId) as { run: number; lastSeq: number } | undefined;
    if (head === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    // One more than asked for tells whether there is more.
    const rows = this.#events.all(head.run, afterSeq, limit + 1);
    const events = rows.slice(0, limit).map(toEvent);
    const { seq } = this.#firstSeq.get(head.run) as { seq: number | null };
    return {
      events,
      nextAfterSeq: events.at(-1)?.seq ?? afterSeq,
      hasMore: rows.length > limit,
      firstSeq: seq ?? head.lastSeq + 1,
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
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : parseCursor(cursor);
    const { sql, values } = listQuery(filter, before);
    const rows = this.#prepareList(sql)
      .all(...values, limit + 1)
      .map(toListedRun);
    const last = rows[limit - 1] ?? rows[0];
    const runs = rows.slice(0, limit).map(({ record }) => record);
    if (last === undefined || rows.length <= limit) return { runs, nextCursor: null };
    return { runs, nextCursor: String(limit === 0 ? last.run + 1 : last.run) };
  }

  /** The position of the newest event of the whole store. */
  lastPos(): number {
    return (this.#lastPos.get() as { pos: number }).pos;
  }

  #prepareList(sql: string): Statement {
    const statement = this.#lists.get(sql) ?? this.#db.prepare(sql);
    this.#lists.set(sql, statement);
    return statement;
  }
}

interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/**
 * One SELECT per status, merged: each walks its index from the newest run on, so that a page costs what
 * it holds, however many runs there are.
 */
function listQuery(
  { statuses, ...filter }: Omit<RunQuery, 'limit' | 'cursor'>,
  before: number,
): Query {
  const conditions = ['run < ?'];
  const common: SqlValue[] = [before];
  for (const [column, value] of [
    ['session_id', filter.sessionId],
    ['definition', filter.definition],
  ] as const) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    common.push(value);
  }
  const select = `SELECT run, ${RUN_COLUMNS} FROM runs WHERE ${conditions.join(' AND ')}`;
  const order = 'ORDER BY run DESC LIMIT ?';
  if (statuses === undefined) return { sql: `${select} ${order}`, values: common };
  const wanted = [...new Set(statuses)];
  if (wanted.length === 0) return { sql: `${select} AND false ${order}`, values: common };
  return {
    sql: `${wanted.map(() => `${select} AND status = ?`).join(' UNION ALL ')} ${order}`,
    values: wanted.flatMap((status) => [...common, status]),
  };
}
