import type { JSX } from 'preact';

/** The runs of a session over time. */
export function SessionView({ sessionId }: { readonly sessionId: string }): JSX.Element {
  return <h1>{sessionId}</h1>;
}
