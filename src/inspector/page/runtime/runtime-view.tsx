import type { JSX } from 'preact';

/** What the runtime behind the server does. */
export function RuntimeView(): JSX.Element {
  return <h1>Runtime</h1>;
}
