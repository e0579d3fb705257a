import type { Json } from '../index.ts';
import { isRunStatus, RUN_STATUSES, type RunStatus } from '../machines/index.ts';
import { usageError } from './cli-error.ts';
import type { OptionValues } from './command.ts';
import { cutTo, oneLine } from './terminal/text.ts';

/** Columns of a value that is told back in an error. */
const MAX_SHOWN = 80;

/** The text of an option; undefined when it is not given. */
export function textOf(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an option that may be repeated, in their order. */
export function textsOf(options: OptionValues, name: string): readonly string[] {
  const values = options[name];
  return Array.isArray(values) ? values : [];
}

/** A whole number from `min` on. */
export function wholeOf(options: OptionValues, name: string, min: number): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
  throw usageError(`--${name} takes a whole number from ${min}, got "${text}"`);
}

/** Seconds above 0, with a fraction if need be, as milliseconds. */
export function secondsOf(options: OptionValues, name: string): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const ms = Math.round(Number(text) * 1000);
  // Timers take 31 bits: 24 days.
  if (/^\d*\.?\d+$/.test(text) && ms > 0 && ms < 2 ** 31) return ms;
  throw usageError(`--${name} takes seconds above 0, got "${text}"`);
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time like `30d`, `12h`, `90m` or `45s`, as milliseconds. */
export function durationOf(options: OptionValues, name: string): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (Number.isSafeInteger(ms)) return ms;
  throw usageError(`--${name} takes a time like 30d, 12h, 90m or 45s, got "${text}"`);
}

/** A session that is given has a name. */
export function sessionOf(options: OptionValues): string | undefined {
  const text = textOf(options, 'session');
  if (text === '') throw usageError('--session is empty');
  return text;
}

/** The value of a text that is JSON. */
export function jsonOf(what: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw usageError(`${what} takes JSON, got ${cutTo(oneLine(text), MAX_SHOWN)}`);
  }
}

export function statusOf(options: OptionValues): RunStatus | undefined {
  const text = textOf(options, 'status');
  if (text === undefined || isRunStatus(text)) return text;
  throw usageError(`--status is one of ${RUN_STATUSES.join(', ')}, got "${text}"`);
}
