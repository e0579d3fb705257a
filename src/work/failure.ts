import type { RunFailure } from '../machines/index.ts';

/** Anything that was thrown, as the log keeps it. */
export function toFailure(error: unknown): RunFailure {
  if (!(error instanceof Error)) {
    if (isFailureLike(error)) return pick(error);
    return { name: 'Error', message: typeof error === 'string' ? error : describe(error) };
  }
  return pick(error);
}

function pick({ name, message, code, stack }: RunFailure): RunFailure {
  return {
    name: String(name),
    message: String(message),
    ...(typeof code === 'string' && { code }),
    ...(typeof stack === 'string' && { stack }),
  };
}

function isFailureLike(error: unknown): error is RunFailure {
  return (
    error !== null &&
    typeof error === 'object' &&
    'name' in error &&
    typeof error.name === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

function describe(error: unknown): string {
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}
