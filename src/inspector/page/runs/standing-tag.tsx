import type { JSX } from 'preact';
import type { Standing } from './standing.ts';

/** What somebody should know of a run, in a list or beside its status; a run that is asleep needs nobody. */
export function StandingTag({
  standing: { kind, text },
}: {
  readonly standing: Standing;
}): JSX.Element {
  return <span class={`tag ${kind === 'asleep' ? '' : 'tag-warn'}`}>{text}</span>;
}
