import { RunchartError } from '../errors.ts';

/** Refuses a limit that is not 0 or a positive integer (INPUT_INVALID). */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 0) return;
  throw new RunchartError('INPUT_INVALID', `A limit is 0 or a positive integer, not ${limit}.`);
}

/** Refuses to cut anything but a head that leaves at least the last event (INPUT_INVALID). */
export function checkCut(runId: string, throughSeq: number, lastSeq: number): void {
  if (Number.isSafeInteger(throughSeq) && throughSeq >= 0 && throughSeq < lastSeq) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `The log of run ${runId} can be cut through any event before its last one, ${lastSeq}; ` +
      `${throughSeq} is none.`,
  );
}

/** The position that a list's cursor stands for; refuses what no list gave (INPUT_INVALID). */
export function parseCursor(cursor: string): number {
  const position = Number(cursor);
  if (/^\d+$/.test(cursor) && Number.isSafeInteger(position)) return position;
  return refuseCursor(cursor);
}

export function refuseCursor(cursor: string): never {
  throw new RunchartError(
    'INPUT_INVALID',
    `"${cursor}" is not a cursor of this store; pass nextCursor of the page before.`,
  );
}
