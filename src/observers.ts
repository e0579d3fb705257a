import type { RuntimeSignal, Tap } from './actors/index.ts';

/** Hears what a runtime does. */
export type Observer = (signal: RuntimeSignal) => void;

/**
 * Gives each signal its time and tells it to all who listen. What one of them throws goes to `onError`, and
 * keeps it from none of the others. undefined when nobody listens: then nothing is made.
 */
export function tapOf(
  observers: readonly (Observer | undefined)[],
  now: () => number,
  onError: (error: unknown) => void,
): Tap {
  const listening = observers.filter((observer) => observer !== undefined);
  if (listening.length === 0) return undefined;
  return (told) => {
    const signal = { atMs: now(), ...told } as RuntimeSignal;
    for (const observe of listening) {
      try {
        observe(signal);
      } catch (error) {
        onError(error);
      }
    }
  };
}
