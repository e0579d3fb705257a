import type { JSX } from 'preact';
import type { RunStore } from './run-store.ts';

/** Begins a new run with a checkpoint of this one. */
export function ForkRun(_: { readonly store: RunStore }): JSX.Element | null {
  return null;
}
