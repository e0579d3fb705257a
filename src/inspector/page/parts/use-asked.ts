import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';

/** Something that was asked of the server: not there yet, there, or an error. What was there stays meanwhile. */
export interface Asked<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isAsking: boolean;
}

const NOTHING: Asked<never> = { value: undefined, error: undefined, isAsking: true };

/**
 * Asks when the view appears, when `key` changes, and when `again` is called. An answer that a later
 * question has overtaken is dropped.
 */
export function useAsked<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  key: string,
): { readonly asked: Signal<Asked<T>>; readonly again: () => void } {
  const asked = useSignal<Asked<T>>(NOTHING);
  const turn = useSignal(0);
  const again = useCallback(() => {
    turn.value += 1;
  }, [turn]);
  const round = turn.value;
  useEffect(() => {
    asked.value = NOTHING;
  }, [key]);
  useEffect(() => {
    const over = new AbortController();
    asked.value = { ...asked.peek(), isAsking: true };
    ask(over.signal).then(
      (value) => {
        if (!over.signal.aborted) asked.value = { value, error: undefined, isAsking: false };
      },
      (error: unknown) => {
        if (!over.signal.aborted) asked.value = { ...asked.peek(), error, isAsking: false };
      },
    );
    return () => over.abort();
  }, [key, round]);
  return { asked, again };
}
