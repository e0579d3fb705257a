import type { RuntimeSignal } from './actors/index.ts';
import { isRunchartError, isStoreFault } from './errors.ts';
import type { Observer } from './observer.ts';

/**
 * Where log lines go, in the order of arguments of pino, whose loggers fit as they are, as does `console`. For loggers
 * that take the message first: `info: (fields, message) => logger.info(message, fields)`.
 */
export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** `event` says which line it is, and is stable; messages are for people and may change. */
export type LogFields = { readonly event: string } & Readonly<
  Record<string, string | number | null>
>;

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: LogFields;
  readonly message: string;
}

export interface LogOptions {
  /** Milliseconds from which on an append is told of as slow. */
  readonly slowAppendMs: number;
}

type Of<T extends RuntimeSignal['type']> = Extract<RuntimeSignal, { readonly type: T }>;

/**
 * The line that an operator is told of a signal by; undefined for what is as it should be. A line MUST NOT hold what
 * users or their code say: no payload, prompt, input, result or token, and no text of an error that is not ours.
 */
export function logLine(signal: RuntimeSignal, options: LogOptions): LogLine | undefined {
  switch (signal.type) {
    case 'runtime.opened': {
      const { location, durationMs } = signal;
      const message = `The runtime over ${location} is open.`;
      return line('info', 'runtime.opened', { location, durationMs: rounded(durationMs) }, message);
    }
    case 'runtime.draining':
      return line('info', signal.type, {}, 'The runtime takes no new runs, and ends those it has.');
    case 'runtime.closed': {
      const { driven, durationMs } = signal;
      const message = `The runtime is closed; ${driven} runs were driven when it was told to.`;
      return line('info', signal.type, { driven, durationMs: rounded(durationMs) }, message);
    }
    case 'append':
      return appendLine(signal, options);
    case 'run.stored':
      return exhaustedLine(signal);
    case 'attempt.begun':
      return begunLine(signal);
    case 'run.abandoned': {
      const { runId, fromOwner } = signal;
      const message = `Run ${runId} failed: its owner died, and recovery ends such runs.`;
      return line('warn', signal.type, { runId, fromOwner }, message);
    }
    case 'run.left': {
      const { runId, owner, why } = signal;
      const message = `Run ${runId}, which nobody drives, is left alone: ${why}.`;
      return line('warn', signal.type, { runId, owner, why }, message);
    }
    case 'run.fenced': {
      const { runId, epoch, newEpoch } = signal;
      const message = `Run ${runId} was taken over by somebody else; the work on it here stops.`;
      return line('warn', signal.type, { runId, epoch, newEpoch }, message);
    }
    case 'fault':
      return faultLine(signal);
    case 'recovery.swept':
      return undefined;
    default:
      return undefined;
  }
}

/** An observer that logs. */
export function logTo(logger: Logger, options: LogOptions): Observer {
  return (signal) => {
    const told = logLine(signal, options);
    if (told !== undefined) logger[told.level](told.fields, told.message);
  };
}

function appendLine(signal: Of<'append'>, { slowAppendMs }: LogOptions): LogLine | undefined {
  const { commits, events, bytes, durationMs, error } = signal;
  const about = { commits, events, bytes, durationMs: rounded(durationMs) };
  if (error !== undefined) {
    const { code } = error;
    const isFull = code === 'STORE_FULL';
    // What a store of the caller's says may hold anything; what ours say has a code.
    const why = code === 'UNKNOWN' ? 'whoever sent them is told why.' : error.message;
    const what = isFull ? 'The store is full' : `An append of ${events} events failed`;
    const event = isFull ? 'store.full' : 'append.failed';
    return line('error', event, { ...about, code }, `${what}: ${why}`);
  }
  if (durationMs < slowAppendMs) return undefined;
  const message = `An append of ${events} events took ${about.durationMs} ms.`;
  return line('warn', 'append.slow', { ...about, slowAppendMs }, message);
}

function exhaustedLine({ before, snapshot }: Of<'run.stored'>): LogLine | undefined {
  const { runId, definition, attempt, status, error } = snapshot;
  if (status !== 'failed' || before === 'failed') return undefined;
  if (error?.code !== 'ATTEMPTS_EXHAUSTED') return undefined;
  const message = `Run ${runId} failed: it crashed as often as it may.`;
  return line('error', 'attempts.exhausted', { runId, definition, attempt }, message);
}

function begunLine(signal: Of<'attempt.begun'>): LogLine | undefined {
  const { runId, definition, attempt, epoch, cause, fromOwner } = signal;
  if (cause !== 'crashed' && cause !== 'released') return undefined;
  const isCrash = cause === 'crashed';
  const who = isCrash ? 'crashed or lost its store' : 'let it go';
  return line(
    isCrash ? 'warn' : 'info',
    'run.recovered',
    { runId, definition, attempt, epoch, cause, fromOwner },
    `Run ${runId} is gone on with by attempt ${attempt}, as the one before ${who}.`,
  );
}

function faultLine({ error }: Of<'fault'>): LogLine {
  const code = isRunchartError(error) ? error.code : null;
  const name = error instanceof Error ? error.name : typeof error;
  const isOurs = isStoreFault(error) || isRunchartError(error, 'LOG_LARGE');
  const message = isOurs ? error.message : `A fault: ${code ?? name}; onError has all of it.`;
  return line('error', 'fault', { name, code }, message);
}

function line(
  level: LogLine['level'],
  event: string,
  fields: Readonly<Record<string, string | number | null>>,
  message: string,
): LogLine {
  return { level, fields: { event, ...fields }, message };
}

/** Microseconds are enough. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
