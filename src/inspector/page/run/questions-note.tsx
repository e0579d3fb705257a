import type { JSX } from 'preact';
import type { RunStore } from './run-store.ts';

/** The open questions of the run, above everything else: it goes on when they are answered. */
export function QuestionsNote(_: { readonly store: RunStore }): JSX.Element | null {
  return null;
}
