import type { Clock } from './clocks.ts';
import { DAY, HOUR, MINUTE, SECOND } from './units.ts';
import type { Range } from './range.ts';
import { placeOf, type Segment, type TimeAxis } from './time-axis.ts';

/** An instant that is written at the axis. */
export interface Tick {
  readonly atMs: number;
  /** Where it stands, in milliseconds of the axis. */
  readonly place: number;
  readonly text: string;
  /** The first one of another day than the one before: it names the day. */
  readonly isDay: boolean;
}

export interface TicksOptions {
  /** The part of the axis that is seen. */
  readonly range: Range;
  /** Milliseconds of the axis that two ticks are at least from each other. */
  readonly apart: number;
  /** What the ticks tell. */
  readonly clock: Clock;
  /** Breaks are drawn over the texts, so that ticks keep clear of them. Default: false. */
  readonly areCovered?: boolean;
}

/** Distances between ticks that people can count in. */
const STEPS: readonly number[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((days) => days * DAY),
];
const LONGEST_STEP = 1_000 * DAY;

/** Of the distance between two ticks: what its text takes, which no break may cover. */
const TEXT = 0.6;
/** Of the same: what a break keeps free behind itself. */
const BEHIND = 0.25;

/** Round times of a clock within a range of an axis, from left to right. */
export function ticksOf(
  axis: TimeAxis,
  { range, apart, clock, areCovered = false }: TicksOptions,
): readonly Tick[] {
  const stepMs = STEPS.find((step) => step >= apart) ?? LONGEST_STEP;
  const ticks: Tick[] = [];
  const put = (atMs: number, precisionMs: number): void => {
    const before = ticks.at(-1)?.atMs;
    ticks.push({ atMs, place: placeOf(axis, atMs), ...clock.tell(atMs, precisionMs, before) });
  };
  const free = (): number => (ticks.at(-1)?.place ?? Number.NEGATIVE_INFINITY) + apart;
  for (const [index, segment] of axis.segments.entries()) {
    const end = segment.start + segment.width;
    if (segment.isBreak || end < range.from) continue;
    if (segment.start > range.to) break;
    const isBehindBreak = areCovered && axis.segments[index - 1]?.isBreak === true;
    const isBeforeBreak = areCovered && axis.segments[index + 1]?.isBreak === true;
    const first = Math.max(range.from, segment.start + (isBehindBreak ? apart * BEHIND : 0));
    const last = Math.min(range.to, end - (isBeforeBreak ? apart * TEXT : 0));
    const before = ticks.length;
    for (const atMs of instantsOf(segment, first, stepMs, clock)) {
      const place = placeOf(axis, atMs);
      if (place > last || atMs > segment.toMs) break;
      if (place >= Math.max(first, free())) put(atMs, stepMs);
    }
    const isUntold = clock.tellsBeginnings && ticks.length === before;
    const isRoom = segment.start >= Math.max(range.from, free());
    if (isUntold && isRoom) put(segment.fromMs, Math.min(stepMs, SECOND));
  }
  return ticks;
}

/** The round instants of a segment from a place of it on, without end. */
function* instantsOf(
  { fromMs, start }: Segment,
  place: number,
  stepMs: number,
  clock: Clock,
): Generator<number> {
  const aheadMs = clock.aheadMs(fromMs);
  const turn = Math.ceil((fromMs + place - start + aheadMs) / stepMs);
  for (let next = turn; ; next += 1) yield next * stepMs - aheadMs;
}
