import { placeAt, type Stretch, type TimeScale } from './time-scale.ts';

/** An instant that is written at the axis. */
export interface Tick {
  readonly atMs: number;
  /** Where it stands, as a fraction of the axis. */
  readonly at: number;
  readonly text: string;
  /** The first one of another day than the one before: it names the day. */
  readonly isDay: boolean;
}

export interface TicksOptions {
  /** About how many there is room for. */
  readonly room: number;
  /** Milliseconds that the clock on the wall is ahead of UTC at an instant. */
  readonly offsetMs: (atMs: number) => number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

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
  ...[1, 2, 7, 14, 30, 90].map((days) => days * DAY),
  YEAR,
];

/** The ticks of an axis, from left to right, none so close to another, or to the right end, that it could not be read. */
export function ticksOf(scale: TimeScale, { room, offsetMs }: TicksOptions): readonly Tick[] {
  const even = scale.stretches.filter(({ isBreak }) => !isBreak);
  const evenMs = even.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const stepMs = STEPS.find((step) => evenMs / step <= room) ?? YEAR;
  const closest = 0.85 / Math.max(1, room);
  const ticks: Tick[] = [];
  let day = '';
  const put = (atMs: number, precisionMs: number): void => {
    const at = placeAt(scale, atMs);
    const last = ticks.at(-1);
    if (last !== undefined && (at - last.at < closest || at > 1 - closest)) return;
    const wallMs = atMs + offsetMs(atMs);
    const isDay = dayOf(wallMs) !== day && ticks.length > 0;
    day = dayOf(wallMs);
    ticks.push({ atMs, at, isDay, text: textOf(wallMs, precisionMs, isDay) });
  };
  for (const stretch of even) {
    const inside = instantsOf(stretch, stepMs, offsetMs(stretch.fromMs));
    // A stretch too short for a whole step tells at least where it begins.
    if (inside.length === 0) put(stretch.fromMs, Math.min(stepMs, SECOND));
    for (const atMs of inside) put(atMs, stepMs);
  }
  return ticks;
}

function instantsOf(
  { fromMs, toMs }: Stretch,
  stepMs: number,
  offsetMs: number,
): readonly number[] {
  const first = Math.ceil((fromMs + offsetMs) / stepMs) * stepMs - offsetMs;
  const size = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: size }, (_, index) => first + index * stepMs);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function dayOf(wallMs: number): string {
  const date = new Date(wallMs);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
}

function textOf(wallMs: number, precisionMs: number, isDay: boolean): string {
  if (precisionMs >= DAY) return dayOf(wallMs);
  const time = new Date(wallMs).toISOString().slice(11, 23);
  const clock =
    precisionMs >= MINUTE ? time.slice(0, 5) : precisionMs >= SECOND ? time.slice(0, 8) : time;
  return isDay ? `${dayOf(wallMs)}, ${clock}` : clock;
}
