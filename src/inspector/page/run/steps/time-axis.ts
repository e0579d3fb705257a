/** A time in which something was at work, in epoch milliseconds. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A piece of the axis. Its width is in milliseconds as they are drawn: fewer than it took, for a break. */
export interface Segment extends Interval {
  readonly start: number;
  readonly width: number;
  readonly isBreak: boolean;
}

/** Time as it is drawn: as it passed, but for long times in which nothing worked. */
export interface TimeAxis {
  readonly beginMs: number;
  readonly segments: readonly Segment[];
  /** Of all segments, in milliseconds as they are drawn; above 0. */
  readonly width: number;
}

/** The shortest time that is drawn shorter than it took, in milliseconds. */
const SHORTEST_BREAK_MS = 1_000;
/** Of the time of work: a longer time without any is drawn as a break. */
const BREAK_FROM = 0.25;
/** Of the time that is drawn in full: the width of one break, and that of all of them together at most. */
const BREAK_WIDTH = 0.08;
const ALL_BREAKS = 0.5;

/**
 * The axis from `beginMs` to `endMs`. Times in which none of `busy` was at work, and which are long beside
 * the time of work, become breaks of one narrow width. `busy` is in order of `fromMs`.
 */
export function createAxis(beginMs: number, endMs: number, busy: readonly Interval[]): TimeAxis {
  const worked = union(busy, beginMs, endMs);
  const busyMs = worked.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const longMs = Math.max(SHORTEST_BREAK_MS, busyMs * BREAK_FROM);
  const pieces = cut(beginMs, Math.max(endMs, beginMs + 1), worked, longMs);
  const breaks = pieces.filter(({ isBreak }) => isBreak).length;
  const fullMs = pieces.reduce(
    (sum, { fromMs, toMs, isBreak }) => sum + (isBreak ? 0 : toMs - fromMs),
    0,
  );
  // Without anything that is drawn in full a break is as long as it took.
  const share = Math.min(BREAK_WIDTH, ALL_BREAKS / Math.max(1, breaks));
  const segments: Segment[] = [];
  let start = 0;
  for (const piece of pieces) {
    const tookMs = piece.toMs - piece.fromMs;
    const isBreak = piece.isBreak && fullMs > 0;
    const width = isBreak ? Math.min(tookMs, fullMs * share) : tookMs;
    segments.push({ ...piece, isBreak, start, width });
    start += width;
  }
  return { beginMs, segments, width: start };
}

/** Intervals of a list in order of their beginnings, those that touch made one. */
export function union(
  busy: readonly Interval[],
  beginMs: number,
  endMs: number,
): readonly Interval[] {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const interval of busy) {
    const fromMs = Math.max(beginMs, interval.fromMs);
    const toMs = Math.min(endMs, interval.toMs);
    if (toMs < fromMs) continue;
    const last = joined.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}

type Piece = Interval & { readonly isBreak: boolean };

function cut(
  beginMs: number,
  endMs: number,
  worked: readonly Interval[],
  longMs: number,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let fromMs = beginMs;
  let doneMs = beginMs;
  const gap = (toMs: number): void => {
    if (toMs - doneMs <= longMs) return;
    if (doneMs > fromMs) pieces.push({ fromMs, toMs: doneMs, isBreak: false });
    pieces.push({ fromMs: doneMs, toMs, isBreak: true });
    fromMs = toMs;
  };
  for (const work of worked) {
    gap(work.fromMs);
    doneMs = Math.max(doneMs, work.toMs);
  }
  gap(endMs);
  if (endMs > fromMs) pieces.push({ fromMs, toMs: endMs, isBreak: false });
  return pieces;
}

/** Where an instant is drawn, in milliseconds of the axis; beyond its ends, at its ends. */
export function placeOf({ segments, width }: TimeAxis, atMs: number): number {
  const segment = segments[segmentBefore(segments, ({ fromMs }) => fromMs <= atMs)];
  if (segment === undefined) return 0;
  const share = (atMs - segment.fromMs) / (segment.toMs - segment.fromMs);
  return Math.min(width, segment.start + Math.max(0, Math.min(1, share)) * segment.width);
}

/** The instant at a place of the axis, in epoch milliseconds. */
export function instantOf({ segments, beginMs }: TimeAxis, place: number): number {
  const segment = segments[segmentBefore(segments, ({ start }) => start <= place)];
  if (segment === undefined) return beginMs;
  const share = Math.max(0, Math.min(1, (place - segment.start) / segment.width));
  return segment.fromMs + share * (segment.toMs - segment.fromMs);
}

/** The last segment that begins at or before a point; -1 when none does. */
function segmentBefore(
  segments: readonly Segment[],
  isBefore: (segment: Segment) => boolean,
): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(segments[middle] as Segment)) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
