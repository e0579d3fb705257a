import type { RunQuery } from '../event-store.ts';
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
 * Runs before key `before`, newest first. Each SELECT walks one index from the newest run on, so that a
 * page costs what it holds, however many runs there are: the index of children, forks or an owner's
 * runs, which are few, or else one SELECT per status, merged. A `+` keeps a column's index out of it.
 */
export function listQuery({ statuses, ...filter }: RunFilter, before: number): SqlQuery {
  const walked = INDEXED.find(([, member]) => filter[member] !== undefined);
  const conditions = ['run < ?'];
  const common: SqlValue[] = [before];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${walked === undefined || walked[0] === column ? '' : '+'}${column} = ?`);
    common.push(value);
  };
  for (const [column, member] of INDEXED) add(column, filter[member]);
  add('session_id', filter.sessionId);
  add('definition', filter.definition);

  const select = `SELECT run, ${RUN_COLUMNS} FROM runs WHERE ${conditions.join(' AND ')}`;
  const order = 'ORDER BY run DESC LIMIT ?';
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
