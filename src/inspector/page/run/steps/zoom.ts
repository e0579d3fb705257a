import type { Range } from './axis-ticks.ts';

/** The shortest range that is looked at, in milliseconds of the axis. */
const SHORTEST = 5;

/**
 * The range after zooming by a factor, below 1 for closer; `centre` stays where it is, when it is seen. Null is
 * the whole axis, before and after.
 */
export function zoomed(
  range: Range | null,
  width: number,
  by: number,
  centre: number,
): Range | null {
  const { from, to } = range ?? { from: 0, to: width };
  const seen = centre >= from && centre <= to ? centre : (from + to) / 2;
  const size = Math.max(Math.min(SHORTEST, width), (to - from) * by);
  if (size >= width) return null;
  const share = (seen - from) / (to - from);
  return within({ from: seen - share * size, to: seen + (1 - share) * size }, width);
}

/** The range moved along the axis, as far as there is something. */
export function moved(range: Range | null, width: number, by: number): Range | null {
  return range === null ? null : within({ from: range.from + by, to: range.to + by }, width);
}

function within({ from, to }: Range, width: number): Range {
  const size = to - from;
  const start = Math.max(0, Math.min(width - size, from));
  return { from: start, to: start + size };
}
