import { RunchartError } from '../errors.ts';

/** Refuses a limit that is not 0 or a positive integer (INPUT_INVALID). */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 0) return;
  throw new RunchartError('INPUT_INVALID', `A limit is 0 or a positive integer, not ${limit}.`);
}

/** The position that a list's cursor stands for; refuses what no list gave (INPUT_INVALID). */
export function parseCursor(cursor: string): number {
  const position = Number(cursor);
  if (/^\d+$/.test(cursor) && Number.isSafeInteger(position)) return position;
  throw new RunchartError(
    'INPUT_INVALID',
    `"${cursor}" is not a cursor of this store; pass nextCursor of the page before.`,
  );
}
