/** Why an operation was refused or failed. Codes are stable: callers match on them, never on messages. */
const ERROR_CODES = [
  // the run and its log
  'RUN_NOT_FOUND',
  'RUN_EXISTS',
  'RUN_FAILED',
  'RUN_CANCELLED',
  'RUN_OVER',
  'OWNER_FENCED',
  'SEQ_CONFLICT',
  'RUN_TIMEOUT',
  'RUN_ABANDONED',
  'RUN_PARKED',
  'ATTEMPTS_EXHAUSTED',
  'APPEND_FAILED',
  // what a caller passes in
  'EVENT_TYPE_UNKNOWN',
  'EVENT_INVALID',
  'EVENT_TOO_LARGE',
  'LOG_LARGE',
  'INPUT_INVALID',
  'DEFINITION_UNKNOWN',
  'DEFINITION_CHANGED',
  'DEFINITION_UNSUPPORTED',
  // verification
  'VERIFICATION_REQUIRED',
  'VERIFICATION_FAILED',
  // steps
  'STEP_TIMEOUT',
  'STEP_RESULT_INVALID',
  'CALL_MISPLACED',
  // outputs and checkpoints
  'OUTPUT_NOT_FOUND',
  'OUTPUT_INVALID',
  'OUTPUT_EXISTS',
  'OUTPUT_TOO_LARGE',
  'BLOB_CORRUPT',
  'ATTEMPT_CLOSED',
  'CHECKPOINT_NOT_FOUND',
  'CHART_NOT_FOUND',
  'CHANNEL_UNKNOWN',
  'CHANNEL_INVALID',
  // interrupts and children
  'INTERRUPT_NOT_FOUND',
  'INTERRUPT_SETTLED',
  'INTERRUPT_DENIED',
  'INTERRUPT_EXPIRED',
  'CHILD_FAILED',
  'CHILD_CANCELLED',
  // the store and the runtime
  'STORE_CLOSED',
  'STORE_VERSION',
  'STORE_UNSUPPORTED',
  'STORE_READ_ONLY',
  'STORE_FULL',
  'STORE_BUSY',
  'STORE_CORRUPT',
  'STORE_FAILED',
  'RUNTIME_CLOSED',
  // the server and its clients
  'UNAUTHORIZED',
  'FORBIDDEN',
  'HOST_REFUSED',
  'ORIGIN_REFUSED',
  'ROUTE_UNKNOWN',
  'METHOD_NOT_ALLOWED',
  'MEDIA_TYPE_UNSUPPORTED',
  'BODY_TOO_LARGE',
  'HEADERS_TOO_LARGE',
  'REQUEST_INVALID',
  'REQUEST_TIMEOUT',
  'REQUEST_SLOW',
  'RANGE_INVALID',
  'CONTENT_WITHHELD',
  'TOO_MANY_STREAMS',
  'SERVER_BUSY',
  'SERVER_DRAINING',
  'SERVER_FAILED',
  'SERVER_UNREACHABLE',
] as const;

export type RunchartErrorCode = (typeof ERROR_CODES)[number];

const KNOWN_CODES: ReadonlySet<unknown> = new Set(ERROR_CODES);

export function isKnownCode(code: unknown): code is RunchartErrorCode {
  return KNOWN_CODES.has(code);
}

/** Codes after which the same call may succeed later, with nothing changed by the caller. */
const RETRYABLE: ReadonlySet<RunchartErrorCode> = new Set([
  'APPEND_FAILED',
  'STORE_BUSY',
  'STORE_FULL',
  'STORE_FAILED',
  'REQUEST_TIMEOUT',
  'REQUEST_SLOW',
  'TOO_MANY_STREAMS',
  'SERVER_BUSY',
  'SERVER_DRAINING',
  'SERVER_UNREACHABLE',
]);

/** Codes of a store that cannot do its work: neither the code nor what it was given is at fault. */
const STORE_FAULTS: ReadonlySet<RunchartErrorCode> = new Set([
  'APPEND_FAILED',
  'STORE_BUSY',
  'STORE_FULL',
  'STORE_FAILED',
  'STORE_READ_ONLY',
  'STORE_CORRUPT',
]);

/** The one error class of runchart: what happened, to which id, what to do, and a stable `code`. */
export class RunchartError extends Error {
  override readonly name = 'RunchartError';
  readonly code: RunchartErrorCode;

  constructor(code: RunchartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when trying the same call again may help (a busy or full store), false when it cannot. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** Narrows an unknown error to a RunchartError, optionally with one given code. */
export function isRunchartError(error: unknown, code?: RunchartErrorCode): error is RunchartError {
  return error instanceof RunchartError && (code === undefined || error.code === code);
}

/** True for the error of a store that cannot do its work, for a moment or until somebody mends it. */
export function isStoreFault(error: unknown): error is RunchartError {
  return error instanceof RunchartError && STORE_FAULTS.has(error.code);
}
