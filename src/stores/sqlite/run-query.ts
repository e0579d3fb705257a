import type { CountQuery, RunQuery } from '../event-store.ts';
import type { SqlValue } from './driver.ts';
import { RUN_COLUMNS } from './rows.ts';

interface SqlQuery {
  readonly sql: string;
  /** What to bind before the limit. */
  readonly values: readonly SqlValue[];
}

type RunFilter = Omit<RunQuery, 'limit' | 'cursor'>;

/** The filters with an index of their own, the most selective first: by that one the list is walked. */
const INDEXED = [
  ['forked_from', 'forkedFrom'],
  ['parent_run_id', 'parentRunId'],
  ['owner', 'owner'],
] as const satisfies readonly (readonly [column: string, member: keyof RunFilter])[];

/**
 * Runs behind key `after`: newest first those with a smaller one, oldest first those with a greater one.
 * Each SELECT walks one index in that order, so that a page costs what it holds, however many runs there
 * are: the index of children, forks or an owner's runs, which are few, or else one SELECT per status,
 * merged. A `+` keeps a column's index out of it.
 *
 * A span of time bounds the keys that are walked, as runs are created nearly in the order of their
 * instants: the bounds are looked up in the index of instants, which costs what is in the span, some
 * 0.1 microseconds per run.
 */
export function listQuery({ statuses, ...filter }: RunFilter, after: number): SqlQuery {
  const walked = INDEXED.find(([, member]) => filter[member] !== undefined);
  const keys = keysOf(filter, after);
  const conditions = [...keys.conditions];
  const common: SqlValue[] = [...keys.values];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${walked === undefined || walked[0] === column ? '' : '+'}${column} = ?`);
    common.push(value);
  };
  for (const [column, member] of INDEXED) add(column, filter[member]);
  add('session_id', filter.sessionId);
  add('definition', filter.definition);

  const select = `SELECT run, ${RUN_COLUMNS} FROM runs WHERE ${conditions.join(' AND ')}`;
  const order = `ORDER BY run ${filter.order === 'oldest' ? 'ASC' : 'DESC'} LIMIT ?`;
  if (statuses === undefined) return { sql: `${select} ${order}`, values: common };
  const wanted = [...new Set(statuses)];
  if (wanted.length === 0) return { sql: `${select} AND false ${order}`, values: common };
  if (walked !== undefined) {
    const marks = wanted.map(() => '?').join(', ');
    return {
      sql: `${select} AND +status IN (${marks}) ${order}`,
      values: [...common, ...wanted],
    };
  }
  return {
    sql: `${wanted.map(() => `${select} AND status = ?`).join(' UNION ALL ')} ${order}`,
    values: wanted.flatMap((status) => [...common, status]),
  };
}

/**
 * How many runs have each status. Of all runs it goes through the index of statuses, of a session through that of turns,
 * which are narrow, and of a definition alone through all rows: some 0.1 and 0.4 microseconds per run.
 */
export function countQuery({ sessionId, definition }: CountQuery): SqlQuery {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${column} = ?`);
    values.push(value);
  };
  add('session_id', sessionId);
  add('definition', definition);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  // A list by definition is walked by none of the indexes that have the status in order.
  const status = definition === undefined ? 'status' : '+status';
  return {
    sql: `SELECT status, count(*) AS runs FROM runs${where} GROUP BY ${status}`,
    values,
  };
}

type Keys = Pick<RunQuery, 'order' | 'createdFromMs' | 'createdBeforeMs'>;

/**
 * Where a list is walked: behind a key, and between those of a span of time. On each side there is one bound,
 * as SQLite begins its walk by one alone.
 */
function keysOf(
  { order = 'newest', createdFromMs, createdBeforeMs }: Keys,
  after: number,
): { readonly conditions: readonly string[]; readonly values: readonly number[] } {
  const within: string[] = [];
  const instants: number[] = [];
  const add = (sign: string, instant: number | undefined): void => {
    if (instant === undefined) return;
    within.push(`created_at ${sign} ?`);
    instants.push(instant);
  };
  add('>=', createdFromMs);
  add('<', createdBeforeMs);
  const bound = (key: string): string =>
    `(SELECT ${key} FROM runs INDEXED BY runs_created WHERE ${within.join(' AND ')})`;
  const least = createdFromMs === undefined ? undefined : bound('min(+run)');
  const most = createdBeforeMs === undefined ? undefined : bound('max(+run)');
  const isNewest = order === 'newest';
  const [near, far] = isNewest ? [most, least] : [least, most];
  const start = isNewest ? `min(?, 1 + ${near})` : `max(?, ${near} - 1)`;
  const sides = [
    `run ${isNewest ? '<' : '>'} ${near === undefined ? '?' : start}`,
    ...(far === undefined ? [] : [`run ${isNewest ? '>=' : '<='} ${far}`]),
  ];
  const bounds = [near, far].filter((one) => one !== undefined);
  return {
    conditions: [...sides, ...within.map((one) => `+${one}`)],
    values: [after, ...bounds.flatMap(() => instants), ...instants],
  };
}
