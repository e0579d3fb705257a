import { RunchartError } from './errors.ts';

/** The longest id or key that is accepted, in characters: they are names, kept in indexes. */
const MAX_NAME_LENGTH = 256;

/**
 * Checks an id or key that comes from outside. A lone surrogate is refused: stores keep text as UTF-8,
 * where two different ones would become the same.
 */
export function checkName(what: string, value: unknown): void {
  const isName =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_NAME_LENGTH &&
    value.isWellFormed() &&
    !value.includes('\0');
  if (isName) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `${what} must be a well-formed string of 1 to ${MAX_NAME_LENGTH} characters, got ${JSON.stringify(value)}.`,
  );
}

/** Checks a number that orders things: anything but NaN and what is no number. */
export function checkNumber(what: string, value: unknown): void {
  if (typeof value === 'number' && !Number.isNaN(value)) return;
  throw new RunchartError('INPUT_INVALID', `${what} must be a number, got ${String(value)}.`);
}

const MAX_PACE_MS = 60_000;

/** Checks the pace of a reader: milliseconds from 0 on, and not so many that it looks as if nothing came. */
export function checkPace(paceMs: unknown): void {
  if (typeof paceMs === 'number' && paceMs >= 0 && paceMs <= MAX_PACE_MS) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `paceMs must be a number of milliseconds from 0 to ${MAX_PACE_MS}, got ${String(paceMs)}.`,
  );
}

/** Those after the year 33,000 are not instants but something else. */
const MAX_INSTANT_MS = 999_999_999_999_999;

/** Checks the instants of a span of time: whole epoch milliseconds. */
export function checkSpan(span: {
  readonly createdFromMs?: number;
  readonly createdBeforeMs?: number;
}): void {
  for (const name of ['createdFromMs', 'createdBeforeMs'] as const) {
    const instant = span[name];
    if (instant === undefined) continue;
    if (Number.isSafeInteger(instant) && instant >= 0 && instant <= MAX_INSTANT_MS) continue;
    throw new RunchartError(
      'INPUT_INVALID',
      `${name} must be whole milliseconds since 1970, got ${String(instant)}.`,
    );
  }
}
