import { RunchartError } from '../../errors.ts';

/** A request that nobody answered in time, or whose connection was cut: what became of it is unknown. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** What the server answered instead of doing what it was asked. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
  readonly status: number;
  /** The number by which JetStream names its errors. */
  readonly code: number;

  constructor(status: number, code: number, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }

  /** The cluster has no leader, or no room for requests, at this moment. */
  get isPassing(): boolean {
    return PASSING.has(this.code) || (this.status === 503 && this.code === 0);
  }
}

const WRONG_LAST_SEQUENCE = new Set([10071, 10164]);
const NOT_FOUND = new Set([10037, 10043]);
/** No leader; too few resources; a stream or server that is not there at this moment; batches that were cut off. */
const PASSING = new Set([10008, 10023, 10074, 10118, 10176, 10194, 10210]);
const FULL = new Set([10047, 10077, 10122]);

export function isConflict(error: unknown): boolean {
  return error instanceof ServerRefusal && WRONG_LAST_SEQUENCE.has(error.code);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ServerRefusal && (NOT_FOUND.has(error.code) || error.status === 404);
}

/** True when trying again may get an answer. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unanswered || (error instanceof ServerRefusal && error.isPassing);
}

/** The error of runchart for whatever failed while `doing` something. */
export function storeError(error: unknown, doing: string): RunchartError {
  if (error instanceof RunchartError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof ServerRefusal && FULL.has(error.code);
  const code = isFull ? 'STORE_FULL' : 'STORE_FAILED';
  return new RunchartError(code, `${doing} failed: ${reason}.`, { cause: error });
}
