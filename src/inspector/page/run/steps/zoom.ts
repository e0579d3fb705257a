import { moved, type Range, zoomed } from '../../parts/time/range.ts';

/** The shortest range that is looked at, in milliseconds of the axis. */
const SHORTEST = 5;

/** The range after zooming by a factor, below 1 for closer. Null is the whole axis, before and after. */
export function zoomedOn(
  range: Range | null,
  width: number,
  by: number,
  centre: number,
): Range | null {
  const whole = { from: 0, to: width, shortest: SHORTEST };
  const next = zoomed(range ?? whole, by, centre, whole);
  return next.to - next.from >= width ? null : next;
}

/** The range moved along the axis, as far as there is something. */
export function movedOn(range: Range | null, width: number, by: number): Range | null {
  return range === null ? null : moved(range, by, { from: 0, to: width });
}
