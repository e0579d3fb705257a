import { isTerminal } from '../../../machines/run-status.ts';
import type { RunInfo } from '../../../runtime.ts';

/** What the rows that are shown may be sorted by; the list itself comes by creation. */
export type Column = 'status' | 'session' | 'attempt' | 'events' | 'took';

export interface Sorting {
  readonly column: Column;
  readonly isDescending: boolean;
}

const VALUES: Readonly<Record<Column, (run: RunInfo, nowMs: number) => string | number>> = {
  status: ({ snapshot }) => snapshot.status,
  session: ({ snapshot }) => snapshot.sessionId,
  attempt: ({ snapshot }) => snapshot.attempt,
  events: ({ snapshot }) => snapshot.eventCount,
  took: ({ snapshot: { status, createdAtMs, updatedAtMs } }, nowMs) =>
    (isTerminal(status) ? updatedAtMs : nowMs) - createdAtMs,
};

/** The rows in another order; those that are alike stay as they came. */
export function sortRows(
  runs: readonly RunInfo[],
  sorting: Sorting | undefined,
  nowMs: number,
): readonly RunInfo[] {
  if (sorting === undefined) return runs;
  const valueOf = VALUES[sorting.column];
  const sign = sorting.isDescending ? -1 : 1;
  return runs.toSorted((one, other) => {
    const [a, b] = [valueOf(one, nowMs), valueOf(other, nowMs)];
    return a === b ? 0 : sign * (a < b ? -1 : 1);
  });
}

/** What a click on the head of a column does: the greatest first, the least first, as they came. */
export function nextSorting(before: Sorting | undefined, column: Column): Sorting | undefined {
  if (before?.column !== column) return { column, isDescending: true };
  return before.isDescending ? { column, isDescending: false } : undefined;
}
