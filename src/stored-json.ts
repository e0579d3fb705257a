import { RunchartError } from './errors.ts';

/**
 * An object that a store kept as its JSON. Throws STORE_CORRUPT, naming `what` it was, when the text is
 * not what was given to the store: then the file was damaged, or written by somebody else.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what was given to the store is known to the caller only
export function parseStored<T extends object>(text: string, what: () => string): T {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // The message of JSON.parse has a part of the text, which may be secret.
  }
  throw new RunchartError(
    'STORE_CORRUPT',
    `The store has no JSON object as ${what()}: it is damaged.`,
  );
}
