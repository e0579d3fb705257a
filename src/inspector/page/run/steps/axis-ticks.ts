import { placeOf, type Segment, type TimeAxis } from './time-axis.ts';

export interface Tick {
  /** Milliseconds of the axis. */
  readonly place: number;
  /** The time since the axis begins. */
  readonly text: string;
}

/** The part of an axis that is seen, in milliseconds of the axis. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

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
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * DAY),
];

/** Of the distance between two ticks: what its text takes, which no break may cover. */
const TEXT = 0.6;

/** Round times within the range, at least `apart` milliseconds of the axis from each other. */
export function ticksOf(axis: TimeAxis, range: Range, apart: number): readonly Tick[] {
  const stepMs = STEPS.find((step) => step >= apart) ?? 1_000 * DAY;
  const ticks: Tick[] = [];
  let next = range.from;
  for (const [index, segment] of axis.segments.entries()) {
    if (segment.isBreak) next = Math.max(next, segment.start + segment.width + apart / 4);
    if (segment.isBreak || segment.start + segment.width < range.from) continue;
    if (segment.start > range.to) break;
    const isBeforeBreak = axis.segments[index + 1]?.isBreak === true;
    const last = segment.start + segment.width - (isBeforeBreak ? apart * TEXT : 0);
    for (const tick of ticksIn(axis, segment, range, stepMs)) {
      if (tick.place < next) continue;
      if (tick.place > last) break;
      ticks.push(tick);
      next = tick.place + apart;
    }
  }
  return ticks;
}

function* ticksIn(
  axis: TimeAxis,
  { fromMs, toMs, start }: Segment,
  range: Range,
  stepMs: number,
): Generator<Tick> {
  const seenMs = fromMs + Math.max(0, range.from - start);
  const first = Math.ceil((seenMs - axis.beginMs) / stepMs);
  for (let turn = first; ; turn += 1) {
    const atMs = axis.beginMs + turn * stepMs;
    const place = placeOf(axis, atMs);
    if (atMs > toMs || place > range.to) return;
    yield { place, text: elapsed(turn * stepMs, stepMs) };
  }
}

/** A time since the beginning, as exact as ticks that are `stepMs` apart need it. */
export function elapsed(ms: number, stepMs: number): string {
  if (ms === 0) return '0';
  if (ms < SECOND) return `${ms} ms`;
  const digits = stepMs % SECOND === 0 ? 0 : stepMs % 100 === 0 ? 1 : stepMs % 10 === 0 ? 2 : 3;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(digits)} s`;
  const seconds = ((ms % MINUTE) / SECOND)
    .toFixed(digits)
    .padStart(digits === 0 ? 2 : 3 + digits, '0');
  const minutes = Math.floor(ms / MINUTE) % 60;
  if (ms < HOUR) return `${minutes}:${seconds}`;
  const hours = Math.floor(ms / HOUR) % 24;
  const clock = `${hours}:${String(minutes).padStart(2, '0')}${stepMs < MINUTE ? `:${seconds}` : ''}`;
  if (ms < DAY) return stepMs < MINUTE ? clock : `${clock} h`;
  const days = Math.floor(ms / DAY);
  return stepMs >= DAY ? `${days} d` : `${days} d ${clock}`;
}
