import type { Run, RunEvent, Stores } from '../../../src/index.ts';
import { eventually, logOf } from './helpers.ts';

/** Resolves when the run waits and is let go of. */
export const isParked = (run: Pick<Run<unknown>, 'snapshot'>): Promise<void> =>
  eventually(async () => (await run.snapshot()).waiting?.parked === 'waiting');

/** The events of one type in the log of a run. */
export async function eventsOf(
  stores: Stores,
  runId: string,
  type: string,
): Promise<readonly RunEvent[]> {
  return (await logOf(stores, runId))
    .map(({ event }) => event)
    .filter((event) => event.type === type);
}

/** The states of a machine that the log of its run tells of, in order. */
export async function statesOf(stores: Stores, runId: string): Promise<readonly unknown[]> {
  return (await eventsOf(stores, runId, 'machine.transitioned')).map(({ to }) => to);
}
