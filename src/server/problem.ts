import { isRunchartError, RunchartError, type RunchartErrorCode } from '../errors.ts';

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: RunchartErrorCode;
  readonly retryable: boolean;
}

/** Seconds after which a client may try again what this server cannot do now. */
const RETRY_AFTER_S = 1;

/** The status of each code that a request can come to. What is not here is the server's fault: 500. */
const STATUS: Partial<Record<RunchartErrorCode, number>> = {
  INPUT_INVALID: 400,
  REQUEST_INVALID: 400,
  EVENT_TYPE_UNKNOWN: 400,
  EVENT_INVALID: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  CONTENT_WITHHELD: 403,
  INTERRUPT_DENIED: 403,
  ROUTE_UNKNOWN: 404,
  RUN_NOT_FOUND: 404,
  OUTPUT_NOT_FOUND: 404,
  CHECKPOINT_NOT_FOUND: 404,
  CHART_NOT_FOUND: 404,
  INTERRUPT_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_SLOW: 408,
  REQUEST_TIMEOUT: 503,
  RUN_EXISTS: 409,
  RUN_OVER: 409,
  OWNER_FENCED: 409,
  SEQ_CONFLICT: 409,
  OUTPUT_EXISTS: 409,
  ATTEMPT_CLOSED: 409,
  VERIFICATION_REQUIRED: 409,
  INTERRUPT_SETTLED: 409,
  EVENT_TOO_LARGE: 413,
  OUTPUT_TOO_LARGE: 413,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  RANGE_INVALID: 416,
  DEFINITION_UNKNOWN: 422,
  DEFINITION_CHANGED: 422,
  DEFINITION_UNSUPPORTED: 422,
  OUTPUT_INVALID: 422,
  CHANNEL_UNKNOWN: 422,
  CHANNEL_INVALID: 422,
  TOO_MANY_STREAMS: 429,
  HEADERS_TOO_LARGE: 431,
  APPEND_FAILED: 503,
  STORE_BUSY: 503,
  STORE_FAILED: 503,
  STORE_CLOSED: 503,
  RUNTIME_CLOSED: 503,
  SERVER_BUSY: 503,
  SERVER_DRAINING: 503,
  STORE_FULL: 507,
};

/** Codes with a status of a server's fault that are none: what they say is for the client. */
const TOLD: ReadonlySet<RunchartErrorCode> = new Set([
  'SERVER_DRAINING',
  'SERVER_BUSY',
  'REQUEST_TIMEOUT',
]);

/**
 * What a client hears of an error. Of a fault of the server only its code: messages of those may name
 * paths, and what is no RunchartError is SERVER_FAILED. There is never a stack.
 */
export function problemOf(error: unknown): Problem {
  const code = isRunchartError(error) ? error.code : 'SERVER_FAILED';
  const status = STATUS[code] ?? 500;
  const isOurs = status >= 500 && !TOLD.has(code);
  const detail =
    isRunchartError(error) && !isOurs
      ? error.message
      : 'The server could not do this; its operator finds the reason in its log.';
  return {
    type: `urn:runchart:error:${code}`,
    title: code.toLowerCase().replaceAll('_', ' '),
    status,
    detail,
    code,
    retryable: new RunchartError(code, '').retryable,
  };
}

/** True for an error that the operator has to hear of, as the client does not hear what it was. */
export function isServerFault(error: unknown): boolean {
  const { status, code } = problemOf(error);
  return status >= 500 && !TOLD.has(code);
}

/** `redacted`: the text of the problem as it may leave. */
export function problemResponse(
  error: unknown,
  {
    headers = {},
    redacted = (detail) => detail,
  }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly redacted?: (detail: string) => string;
  } = {},
): Response {
  const told = problemOf(error);
  const problem = { ...told, detail: redacted(told.detail) };
  const canRetry = problem.status === 503 || problem.status === 429 || problem.status === 507;
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(canRetry && { 'retry-after': String(RETRY_AFTER_S) }),
      ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
      ...headers,
    },
  });
}
