import type { CountQuery, RunQuery } from '../event-store.ts';
import type { PgQuery } from './driver.ts';
import { RUN_COLUMNS } from './rows.ts';
import { prepared } from './statement.ts';
import { keptText } from './storable-text.ts';

type RunFilter = Omit<RunQuery, 'limit' | 'cursor'>;

/** The filters with an index of their own, the most selective first: by that one the list is walked. */
const INDEXED = [
  ['forked_from', 'forkedFrom'],
  ['parent_run_id', 'parentRunId'],
  ['owner', 'owner'],
] as const satisfies readonly (readonly [column: string, member: keyof RunFilter])[];

/** The values of a statement, in the order in which they are given numbers. */
class Values {
  readonly all: unknown[] = [];

  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}

/**
 * Runs behind key `after`: newest first those with a smaller one, oldest first those with a greater one.
 * Each branch walks one index in that order, so that a page costs what it holds, however many runs there
 * are: the index of children, forks or an owner's runs, which are few, or else one branch per status,
 * merged. What is concatenated with an empty text is kept out of the choice of an index.
 *
 * A span of time bounds the keys that are walked, as runs are created nearly in the order of their instants:
 * the bounds are looked up in the index of instants.
 */
export function listQuery(
  place: string,
  { statuses, ...filter }: RunFilter,
  after: number,
  limit: number,
): PgQuery {
  const values = new Values();
  const most = values.add(limit);
  const walked = INDEXED.find(([, member]) => filter[member] !== undefined);
  const conditions = [...keysOf(place, filter, after, values)];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    const isWalked = walked === undefined || walked[0] === column;
    conditions.push(`${isWalked ? column : `${column} || ''`} = ${values.add(keptText(value))}`);
  };
  for (const [column, member] of INDEXED) add(column, filter[member]);
  add('session_id', filter.sessionId);
  add('definition', filter.definition);

  const order = `ORDER BY run ${filter.order === 'oldest' ? 'ASC' : 'DESC'}`;
  const select = (what: string, more: readonly string[]): string =>
    `SELECT ${what} FROM ${place}.runs WHERE ${[...conditions, ...more].join(' AND ')} ${order} LIMIT ${most}`;
  const whole = `run, ${RUN_COLUMNS}`;
  if (statuses === undefined) return prepared(select(whole, []), values.all);
  const marks = [...new Set(statuses)].map((status) => values.add(keptText(status)));
  if (marks.length === 0) return prepared(select(whole, ['false']), values.all);
  if (walked !== undefined) {
    const among = `status || '' IN (${marks.join(', ')})`;
    return prepared(select(whole, [among]), values.all);
  }
  const branches = marks.map((mark) => `(${select('run', [`status = ${mark}`])})`);
  const runs = `SELECT run FROM (${branches.join(' UNION ALL ')}) AS b ${order} LIMIT ${most}`;
  const sql = `SELECT ${whole} FROM ${place}.runs WHERE run = ANY(ARRAY(${runs})) ${order}`;
  return prepared(sql, values.all);
}

/**
 * How many runs have each status. Of all runs it goes through the index of statuses, which is narrow, of a
 * session through its runs, and of a definition alone through all rows.
 */
export function countQuery(place: string, { sessionId, definition }: CountQuery): PgQuery {
  const values = new Values();
  const conditions: string[] = [];
  const add = (column: string, value: string | undefined): void => {
    if (value !== undefined) conditions.push(`${column} = ${values.add(keptText(value))}`);
  };
  add('session_id', sessionId);
  add('definition', definition);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return prepared(
    `SELECT status, count(*) AS runs FROM ${place}.runs ${where} GROUP BY status`,
    values.all,
  );
}

/** Where a list is walked: behind a key, and between those of a span of time. */
function keysOf(
  place: string,
  { order = 'newest', createdFromMs, createdBeforeMs }: RunFilter,
  after: number,
  values: Values,
): readonly string[] {
  const within: string[] = [];
  if (createdFromMs !== undefined) within.push(`created_at >= ${values.add(createdFromMs)}`);
  if (createdBeforeMs !== undefined) within.push(`created_at < ${values.add(createdBeforeMs)}`);
  // The sum keeps the planner from walking the keys until it meets one within the span.
  const bound = (key: string): string =>
    `(SELECT ${key}(run + 0) FROM ${place}.runs WHERE ${within.join(' AND ')})`;
  return [
    `run ${order === 'newest' ? '<' : '>'} ${values.add(after)}`,
    ...(createdFromMs === undefined ? [] : [`run >= ${bound('min')}`]),
    ...(createdBeforeMs === undefined ? [] : [`run <= ${bound('max')}`]),
    ...within.map((one) => one.replace('created_at', 'created_at + 0')),
  ];
}
