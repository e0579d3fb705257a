import { refuseCursor } from './check-query.ts';
import type { RunPage, RunRecord } from './event-store.ts';

/** Where a run stands among those that are due: by its instant, then by its creation. */
export interface DuePosition {
  readonly wakeAtMs: number;
  /** Grows from run to run in order of creation. */
  readonly run: number;
}

export interface DueRun extends DuePosition {
  readonly record: RunRecord;
}

/** Before all runs that can be due. */
const START: DuePosition = { wakeAtMs: Number.MIN_SAFE_INTEGER, run: 0 };

export function compareDue(a: DuePosition, b: DuePosition): number {
  return a.wakeAtMs - b.wakeAtMs || a.run - b.run;
}

/** The position behind which a page begins; refuses what no page gave (INPUT_INVALID). */
export function parseDueCursor(cursor: string | undefined, afterMs?: number): DuePosition {
  if (cursor === undefined) {
    return afterMs === undefined ? START : { wakeAtMs: afterMs, run: Number.MAX_SAFE_INTEGER };
  }
  if (!/^-?\d+\.\d+$/.test(cursor)) return refuseCursor(cursor);
  const [wakeAtMs = Number.NaN, run = Number.NaN] = cursor.split('.').map(Number);
  if (Number.isSafeInteger(wakeAtMs) && Number.isSafeInteger(run)) return { wakeAtMs, run };
  return refuseCursor(cursor);
}

/** The page behind `after`. One run more than `limit` in `found` tells that there is another page. */
export function duePage(found: readonly DueRun[], after: DuePosition, limit: number): RunPage {
  const runs = found.slice(0, limit).map(({ record }) => record);
  const last = limit === 0 ? after : found[limit - 1];
  if (last === undefined || found.length <= limit) return { runs, nextCursor: null };
  return { runs, nextCursor: `${last.wakeAtMs}.${last.run}` };
}
