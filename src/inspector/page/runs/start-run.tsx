import type { JSX } from 'preact';

/** Starts a run of a definition that the server has. */
export function StartRun(): JSX.Element | null {
  return null;
}
