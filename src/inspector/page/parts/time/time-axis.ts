import { countWhile } from '../sorted.ts';
import { type BreakRule, everyWait } from './breaks.ts';
import { gapsOf, lengthOf, type TimeSpan } from './time-span.ts';
import type { Range } from './range.ts';

/** A piece of the axis. Its width is in milliseconds as they are drawn: fewer than it took, for a break. */
export interface Segment extends TimeSpan {
  readonly start: number;
  readonly width: number;
  /** Nothing happened for long, and the axis makes it short. */
  readonly isBreak: boolean;
}

/** Time as it is drawn: as it passed, but for long times in which nothing worked. */
export interface TimeAxis extends TimeSpan {
  /** Without gaps, in order; at least one. */
  readonly segments: readonly Segment[];
  /** Of all segments, in milliseconds as they are drawn; above 0. */
  readonly width: number;
}

/** Of the time that is drawn in full: all breaks together take no more. */
const ALL_BREAKS = 0.5;

/** The axis of a time. Of the times in which none of `busy` was at work, those that the rule names become breaks. */
export function createAxis(
  { fromMs, toMs }: TimeSpan,
  busy: readonly TimeSpan[] = [],
  rule: BreakRule = everyWait,
): TimeAxis {
  const whole = { fromMs, toMs: Math.max(toMs, fromMs + 1) };
  const breaks = rule.breaksOf(gapsOf(busy, whole), whole);
  const fullMs = breaks.reduce((rest, gap) => rest - lengthOf(gap), lengthOf(whole));
  const share = Math.min(rule.width, ALL_BREAKS / Math.max(1, breaks.length));
  const segments: Segment[] = [];
  let start = 0;
  const put = (span: TimeSpan, isBreak: boolean): void => {
    const tookMs = lengthOf(span);
    if (tookMs <= 0) return;
    const width = isBreak ? Math.min(tookMs, fullMs * share) : tookMs;
    segments.push({ ...span, isBreak, start, width });
    start += width;
  };
  let doneMs = fromMs;
  for (const gap of breaks) {
    put({ fromMs: doneMs, toMs: gap.fromMs }, false);
    // Without anything that is drawn in full a break is as long as it took.
    put(gap, fullMs > 0);
    doneMs = gap.toMs;
  }
  put({ fromMs: doneMs, toMs: whole.toMs }, false);
  return { ...whole, segments, width: start };
}

/** Where an instant is drawn, in milliseconds of the axis; beyond its ends, at its ends. */
export function placeOf({ segments, width }: TimeAxis, atMs: number): number {
  const segment = segmentBefore(segments, ({ fromMs }) => fromMs <= atMs);
  const share = (atMs - segment.fromMs) / lengthOf(segment);
  return Math.min(width, segment.start + Math.max(0, Math.min(1, share)) * segment.width);
}

/** The instant at a place of the axis, in epoch milliseconds. */
export function instantOf({ segments }: TimeAxis, place: number): number {
  const segment = segmentBefore(segments, ({ start }) => start <= place);
  const share = Math.max(0, Math.min(1, (place - segment.start) / segment.width));
  return segment.fromMs + share * lengthOf(segment);
}

/** All of an axis. */
export function wholeOf({ width }: TimeAxis): Range {
  return { from: 0, to: width };
}

/** Where a place of the axis is in a range of it, in per cent of the range. */
export function shareOf(place: number, { from, to }: Range): number {
  return ((place - from) / (to - from)) * 100;
}

/** The last segment that begins at or before a point; before all of them, the first. */
function segmentBefore(
  segments: readonly Segment[],
  isBefore: (segment: Segment) => boolean,
): Segment {
  return segments[Math.max(0, countWhile(segments, isBefore) - 1)] as Segment;
}
