const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The last instant that a date can hold, a day before its end for the time zones. */
const MAX_DATE_MS = 8.64e15 - DAY;

/** How long something took: `84 ms`, `1.2 s`, `3 m 12 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${Math.floor((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} m`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** How long ago, in one word: `12s`, `3m`, `2h`, `5d`. */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** Elapsed time that stands still while it is read: `0:07`, `12:45`, `1:02:03`. */
export function stopwatch(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = two((ms % MINUTE) / SECOND);
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}:${rest}`;
  return `${Math.floor(ms / HOUR)}:${two((ms % HOUR) / MINUTE)}:${rest}`;
}

/** Local date and time: `2026-01-31 18:04:05`. */
export function dateTime(epochMs: number): string {
  return local(epochMs).slice(0, 19).replace('T', ' ');
}

/** Local time of day to the millisecond: `18:04:05.123`. */
export function timeOfDay(epochMs: number): string {
  return local(epochMs).slice(11, 23);
}

/** Local time to the minute, with the date unless it is today's: `18:04`, `2026-01-31 18:04`. */
export function clockTime(epochMs: number, nowMs = Date.now()): string {
  const [date, time] = dateTime(epochMs).slice(0, 16).split(' ') as [string, string];
  return dateTime(nowMs).startsWith(date) ? time : `${date} ${time}`;
}

/** How far away an instant is: `in 3 m 12 s`, `2 h 5 m ago`. */
export function fromNow(epochMs: number, nowMs = Date.now()): string {
  return epochMs > nowMs ? `in ${duration(epochMs - nowMs)}` : `${duration(nowMs - epochMs)} ago`;
}

function local(epochMs: number): string {
  const date = new Date(Math.min(Math.max(epochMs, -MAX_DATE_MS), MAX_DATE_MS));
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE).toISOString();
}
