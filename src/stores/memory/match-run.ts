import { compareDue, duePage, parseDueCursor } from '../due-order.ts';
import type { DueQuery, RunOrder, RunPage, RunQuery, RunRecord } from '../event-store.ts';
import type { MemoryRun } from './memory-run.ts';

const FILTERS = ['sessionId', 'definition', 'owner', 'parentRunId', 'forkedFrom'] as const;

/** Whether a run belongs into a list. */
export function matches(
  record: RunRecord,
  { statuses, createdFromMs, createdBeforeMs, ...wanted }: Omit<RunQuery, 'limit' | 'cursor'>,
): boolean {
  if (createdFromMs !== undefined && record.createdAtMs < createdFromMs) return false;
  if (createdBeforeMs !== undefined && record.createdAtMs >= createdBeforeMs) return false;
  if (statuses !== undefined && !statuses.includes(record.status)) return false;
  return FILTERS.every((name) => wanted[name] === undefined || wanted[name] === record[name]);
}

/** Where a list begins, or goes on behind the position of a cursor; no place when nothing is there. */
export function placeAfter(
  entries: readonly MemoryRun[],
  after: number | undefined,
  order: RunOrder,
): number {
  if (order === 'newest') {
    return entries.findLastIndex(({ position }) => position < (after ?? Infinity));
  }
  const found = entries.findIndex(({ position }) => position > (after ?? 0));
  return found < 0 ? entries.length : found;
}

/** A page of those runs without an owner whose `wakeAtMs` has come. */
export function dueRuns(
  unowned: readonly MemoryRun[],
  { atMs, afterMs, definitions, limit, cursor }: DueQuery,
): RunPage {
  const after = parseDueCursor(cursor, afterMs);
  const wanted = new Set<string | null>(definitions);
  const found = unowned
    .filter(({ record }) => wanted.has(record.definition))
    .map(({ position, record }) => ({ wakeAtMs: record.wakeAtMs ?? 0, run: position, record }))
    .filter((run) => run.wakeAtMs <= atMs)
    .filter((run) => compareDue(run, after) > 0)
    .sort(compareDue);
  return duePage(found, after, limit);
}
