import { isRunStatus, RUN_STATUSES, type RunStatus } from '../machines/index.ts';
import { usageError } from './cli-error.ts';
import type { OptionValues } from './command.ts';

/** The text of an option; undefined when it is not given. */
export function textOf(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
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

export function statusOf(options: OptionValues): RunStatus | undefined {
  const text = textOf(options, 'status');
  if (text === undefined || isRunStatus(text)) return text;
  throw usageError(`--status is one of ${RUN_STATUSES.join(', ')}, got "${text}"`);
}
