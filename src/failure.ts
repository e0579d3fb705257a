import { isKnownCode, RunchartError } from './errors.ts';
import { isFailure, type RunFailure } from './machines/run-events.ts';

/** More of a text than this goes: an error with a whole answer in its message has to fit into an event. */
const MAX_TEXT = 32 * 1024;

/** Errors behind errors that are kept. */
const MAX_CAUSES = 3;

/** Anything that was thrown, as the log keeps it. */
export function toFailure(error: unknown, causes = MAX_CAUSES): RunFailure {
  if (error instanceof Error || isFailure(error)) {
    const { name, message } = error;
    const { code, stack, cause }: Partial<Record<'code' | 'stack' | 'cause', unknown>> = error;
    return {
      name: cut(name),
      message: cut(message),
      ...(typeof code === 'string' && { code: cut(code) }),
      ...(typeof stack === 'string' && { stack: cut(stack) }),
      ...(cause !== undefined && causes > 0 && { cause: toFailure(cause, causes - 1) }),
    };
  }
  return { name: 'Error', message: cut(typeof error === 'string' ? error : describe(error)) };
}

/** The error that the log tells of, for code that did not see it happen. Match on `name` and `code`. */
export function toError({ name, message, code, stack, cause }: RunFailure): Error {
  const options = cause === undefined ? {} : { cause: toError(cause) };
  if (name === 'RunchartError' && isKnownCode(code)) {
    return new RunchartError(code, message, options);
  }
  const error = new Error(message, options);
  const members = {
    name,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
  };
  for (const [key, value] of Object.entries(members)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}

function describe(error: unknown): string {
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}
