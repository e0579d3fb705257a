import { type Tick, ticksOf } from '../parts/time/axis-ticks.ts';
import { type Clock, wallClock } from '../parts/time/clocks.ts';
import type { TimeAxis } from '../parts/time/time-axis.ts';

export interface LaneTicksOptions {
  /** About how many there is room for. */
  readonly room: number;
  /** Default: the clock on the wall of whoever looks. */
  readonly clock?: Clock;
}

const HERE = wallClock((atMs) => -new Date(atMs).getTimezoneOffset() * 60_000);

/** The part of the room of a tick that its text takes. */
const TEXT = 0.85;

/** The times of the day at an axis, none so close to another, or to the right end, that it could not be read. */
export function laneTicks(
  axis: TimeAxis,
  { room, clock = HERE }: LaneTicksOptions,
): readonly Tick[] {
  const text = (axis.width * TEXT) / room;
  const inBreaks = axis.segments.reduce(
    (sum, { isBreak, width }) => sum + (isBreak ? width : 0),
    0,
  );
  // Breaks have no ticks, which leaves their room to the others.
  const apart = Math.max(text, (axis.width - inBreaks) / room);
  return ticksOf(axis, { range: { from: 0, to: axis.width - text }, apart, clock });
}
