import { RunchartError } from '../errors.ts';
import type { WriteGuard } from './checkpointer.ts';

/** Who drives a run: what the store of its events says. */
export interface RunHold {
  readonly epoch: number;
  /** null when nobody does, as after its end. */
  readonly owner: string | null;
}

/** Throws OWNER_FENCED when the run has an owner under another epoch than the writer's. */
export function checkFence(
  runId: string,
  hold: RunHold | undefined,
  expectedEpoch: WriteGuard['expectedEpoch'],
): void {
  if (expectedEpoch === undefined || hold === undefined || hold.owner === null) return;
  if (hold.epoch === expectedEpoch) return;
  throw new RunchartError(
    'OWNER_FENCED',
    `Run ${runId} was taken over: it is driven under epoch ${hold.epoch}, not ${expectedEpoch}; stop working on it.`,
  );
}
