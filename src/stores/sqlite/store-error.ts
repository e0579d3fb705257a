import { RunchartError } from '../../errors.ts';
import type { RunchartErrorCode } from '../../errors.ts';

const BUSY = 5;
const CANTOPEN = 14;

/** Primary result codes of SQLite (sqlite.org/rescode.html) that mean more than "it failed". */
const CODES: Readonly<Record<number, RunchartErrorCode>> = {
  [BUSY]: 'STORE_BUSY',
  6: 'STORE_BUSY', // LOCKED
  8: 'STORE_READ_ONLY', // READONLY
  11: 'STORE_CORRUPT', // CORRUPT
  13: 'STORE_FULL', // FULL
  19: 'INPUT_INVALID', // CONSTRAINT: the rules were checked before, so the values are at fault
  20: 'INPUT_INVALID', // MISMATCH
  26: 'STORE_CORRUPT', // NOTADB
};

/** better-sqlite3 gives names instead of numbers: SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT ... */
const NAMES: Readonly<Record<string, number>> = {
  BUSY,
  LOCKED: 6,
  CORRUPT: 11,
  READONLY: 8,
  FULL: 13,
  CANTOPEN,
  CONSTRAINT: 19,
  MISMATCH: 20,
  NOTADB: 26,
};

/** The primary result code behind an error of a driver; undefined when it is no error of SQLite. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  // The upper bits of an extended code only refine it.
  if (typeof errcode === 'number') return errcode & 0xff;
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined;
  return NAMES[code.split('_')[1] ?? ''];
}

/** True when another connection holds the lock: nothing has happened, and waiting helps. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

/** True when there is no file, or no way to it. */
export function isCannotOpen(error: unknown): boolean {
  return resultCode(error) === CANTOPEN;
}

/** The error of runchart for whatever a driver threw while `doing` something. */
export function storeError(error: unknown, doing: string): RunchartError {
  if (error instanceof RunchartError) return error;
  const result = resultCode(error);
  // Without a result code it is about the values: drivers throw TypeErrors for what they cannot bind.
  const fallback = error instanceof TypeError ? 'INPUT_INVALID' : 'STORE_FAILED';
  const code = (result === undefined ? undefined : CODES[result]) ?? fallback;
  const reason = error instanceof Error ? error.message : String(error);
  return new RunchartError(code, `${doing} failed: ${reason}.`, { cause: error });
}
