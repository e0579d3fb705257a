import { isFailure, type RunFailure } from '../machines/index.ts';

/** More of a text than this goes: an error with a whole answer in its message has to fit into an event. */
const MAX_TEXT = 32 * 1024;

/** Anything that was thrown, as the log keeps it. */
export function toFailure(error: unknown): RunFailure {
  if (error instanceof Error || isFailure(error)) {
    const { name, message } = error;
    const { code, stack }: { readonly code?: unknown; readonly stack?: unknown } = error;
    return {
      name: cut(name),
      message: cut(message),
      ...(typeof code === 'string' && { code: cut(code) }),
      ...(typeof stack === 'string' && { stack: cut(stack) }),
    };
  }
  return { name: 'Error', message: cut(typeof error === 'string' ? error : describe(error)) };
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
