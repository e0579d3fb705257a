/** Where a run stands among the spans of a trace, as W3C Trace Context writes it. Kept by `run.created`. */
export interface TraceContext {
  /** `00-<trace id>-<span id>-<flags>`, in lower-case hexadecimal digits. */
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Characters: what others have to pass on, by the standard. */
const MAX_TRACESTATE = 512;

export function isTraceContext(value: unknown): value is TraceContext {
  if (value === null || typeof value !== 'object') return false;
  const { traceparent, tracestate } = value as Readonly<Record<string, unknown>>;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return false;
  return (
    tracestate === undefined ||
    (typeof tracestate === 'string' && tracestate.length <= MAX_TRACESTATE)
  );
}

/** That of a run by its `run.created`; undefined when it has none, or none that can be read. */
export function traceOf({ trace }: Readonly<Record<string, unknown>>): TraceContext | undefined {
  return isTraceContext(trace) ? trace : undefined;
}
