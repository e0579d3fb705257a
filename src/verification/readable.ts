import { isRunchartError, type RunchartErrorCode } from '../errors.ts';

/** What a store answered, or why it has no answer, to go on a sentence with. */
export type Readable<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/**
 * Reads something that may be missing or damaged. `missing` is the code that says that it is not there. What
 * may pass by itself, and a store that is closed, is thrown: it says nothing about what is stored.
 */
export async function readable<T>(
  read: () => Promise<T>,
  missing?: RunchartErrorCode,
): Promise<Readable<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    if (isRunchartError(error, missing) && missing !== undefined) {
      return { ok: false, why: 'which is not there' };
    }
    if (isRunchartError(error) && (error.retryable || error.code === 'STORE_CLOSED')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, why: `which cannot be read (${reason})` };
  }
}
