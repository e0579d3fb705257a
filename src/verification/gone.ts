import type { EventStore, GoneRuns } from '../stores/index.ts';

/** What became of the runs that are not in the store. */
export type Gone = () => Promise<GoneRuns>;

/** Asks at the first need, and once: the answer takes a look at every run. */
export function goneOnce(events: EventStore): Gone {
  let answer: Promise<GoneRuns> | undefined;
  return () => (answer ??= events.goneRuns());
}
