import { DAY, HOUR, MINUTE, SECOND } from './units.ts';

/** How instants are told at an axis. */
export interface Clock {
  /** Milliseconds that it is ahead of UTC at an instant: what it shows then is round. */
  readonly aheadMs: (atMs: number) => number;
  /** What is written, as exact as `precisionMs` needs it; `beforeMs` is the instant that is told before, if any. */
  readonly tell: (
    atMs: number,
    precisionMs: number,
    beforeMs: number | undefined,
  ) => { readonly text: string; readonly isDay: boolean };
  /** Where an axis goes on after a break, and has no round time, it tells the time with which it goes on. */
  readonly tellsBeginnings: boolean;
}

/** Tells the time since an instant. */
export function stopwatch(sinceMs: number): Clock {
  return {
    aheadMs: () => -sinceMs,
    tell: (atMs, precisionMs) => ({ text: elapsed(atMs - sinceMs, precisionMs), isDay: false }),
    tellsBeginnings: false,
  };
}

/** Tells the time of the day, and the day where it changes. It is ahead of UTC by `aheadMs`. */
export function wallClock(aheadMs: (atMs: number) => number): Clock {
  return {
    aheadMs,
    tell: (atMs, precisionMs, beforeMs) => {
      const wallMs = atMs + aheadMs(atMs);
      const isDay = beforeMs !== undefined && dayOf(beforeMs + aheadMs(beforeMs)) !== dayOf(wallMs);
      return { text: timeOfDay(wallMs, precisionMs, isDay), isDay };
    },
    tellsBeginnings: true,
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function dayOf(wallMs: number): string {
  const date = new Date(wallMs);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
}

function timeOfDay(wallMs: number, precisionMs: number, isDay: boolean): string {
  if (precisionMs >= DAY) return dayOf(wallMs);
  const time = new Date(wallMs).toISOString().slice(11, 23);
  const clock =
    precisionMs >= MINUTE ? time.slice(0, 5) : precisionMs >= SECOND ? time.slice(0, 8) : time;
  return isDay ? `${dayOf(wallMs)}, ${clock}` : clock;
}

/** A time since the beginning, as exact as ticks that are `stepMs` apart need it. */
function elapsed(ms: number, stepMs: number): string {
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
