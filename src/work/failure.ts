import { isFailure, type RunFailure } from '../machines/index.ts';

/** Anything that was thrown, as the log keeps it. */
export function toFailure(error: unknown): RunFailure {
  if (error instanceof Error || isFailure(error)) {
    const { name, message } = error;
    const { code, stack }: { readonly code?: unknown; readonly stack?: unknown } = error;
    return {
      name,
      message,
      ...(typeof code === 'string' && { code }),
      ...(typeof stack === 'string' && { stack }),
    };
  }
  return { name: 'Error', message: typeof error === 'string' ? error : describe(error) };
}

function describe(error: unknown): string {
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}
