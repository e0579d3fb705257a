import { RunchartError } from '../errors.ts';
import type { RunSnapshot } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';

/** What the store has of a run. Rejects with RUN_NOT_FOUND. */
export async function getRun(store: Pick<EventStore, 'get'>, runId: string): Promise<RunRecord> {
  const run = await store.get(runId);
  if (run === undefined) throw runNotFound(runId);
  return run;
}

export function runNotFound(runId: string): RunchartError {
  return new RunchartError(
    'RUN_NOT_FOUND',
    `There is no run ${runId} in this store; list the runs to find it.`,
  );
}

/** What work hears whose run belongs to another owner now. */
export function takenOver(runId: string): RunchartError {
  return new RunchartError('OWNER_FENCED', `Run ${runId} was taken over; stop working on it.`);
}

/** Why work on a run that is over has to stop: the abort reason of its signal. */
export function overError({ runId, status, cancelReason }: RunSnapshot): RunchartError {
  if (status !== 'cancelled') return new RunchartError('RUN_OVER', `Run ${runId} is ${status}.`);
  const why = cancelReason === null ? '' : `: ${cancelReason}`;
  return new RunchartError('RUN_CANCELLED', `Run ${runId} was cancelled${why}`);
}
