import { RunchartError } from '../../errors.ts';
import type { RunchartErrorCode } from '../../errors.ts';

/** The connection failed, or did not answer in time: whether the statement took effect is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Others wrote what stands in the way of a transaction after it had looked: it is to be tried again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

interface ServerError extends Error {
  readonly code: string;
  readonly severity?: string;
}

/** Codes of Postgres (appendix A of its manual) that mean more than "it failed"; a class by its first two characters. */
const CODES: Readonly<Record<string, RunchartErrorCode>> = {
  '22': 'INPUT_INVALID', // the rules were checked before, so the values are at fault
  '23': 'INPUT_INVALID',
  '54': 'INPUT_INVALID', // beyond a limit, such as that of an index row
  '40': 'STORE_BUSY', // deadlock, serialization
  '53': 'STORE_BUSY', // out of connections, memory
  '53100': 'STORE_FULL',
  '55P03': 'STORE_BUSY', // a lock that was not had in time
  '57014': 'STORE_BUSY', // the time for a statement was over
  '25006': 'STORE_READ_ONLY',
  '42P01': 'STORE_CORRUPT', // a table of ours is not there
  '42703': 'STORE_CORRUPT', // nor a column
  '3F000': 'STORE_CORRUPT', // nor the schema
  XX001: 'STORE_CORRUPT',
  XX002: 'STORE_CORRUPT',
};

function isServerError(error: unknown): error is ServerError {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && 'severity' in error;
}

export const UNIQUE_VIOLATION = '23505';

/** The code that the server gave; undefined when the server did not answer with an error. */
export function sqlState(error: unknown): string | undefined {
  return isServerError(error) ? error.code : undefined;
}

/**
 * True when the connection is of no more use, and when the outcome of its last statement is unknown: a
 * server that says FATAL ends the connection, maybe after it has committed.
 */
export function endsConnection(error: unknown): boolean {
  if (!isServerError(error)) return !(error instanceof LostRace);
  // After a failover the old server answers that it only reads: only a new connection finds the new one.
  return error.severity === 'FATAL' || error.severity === 'PANIC' || error.code === '25006';
}

/** True when nothing has happened, and the same statement may work now. */
export function isConflict(error: unknown): boolean {
  if (error instanceof LostRace) return true;
  const code = sqlState(error);
  return code === '40P01' || code === '40001';
}

/** The error of runchart for whatever came of `doing` something. */
export function storeError(error: unknown, doing: string): RunchartError {
  if (error instanceof RunchartError) return error;
  if (error instanceof LostRace) {
    return new RunchartError(
      'STORE_BUSY',
      `${doing} failed: others wrote the same again and again.`,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  const state = sqlState(error);
  if (state === undefined || endsConnection(error)) {
    return new RunchartError('STORE_FAILED', `${doing} failed: ${reason || 'no connection'}.`, {
      cause: error,
    });
  }
  const code = CODES[state] ?? CODES[state.slice(0, 2)] ?? 'STORE_FAILED';
  return new RunchartError(code, `${doing} failed: ${reason} (${state}).`, { cause: error });
}
