import { isRunchartError, isStoreFault } from '../errors.ts';

/** True when the work was told to stop although the run goes on: later, or with another owner. */
export function isLetGo({ aborted, reason }: AbortSignal): boolean {
  if (!aborted || !isRunchartError(reason)) return false;
  // A store that fails for a while ends the attempt, and another one is made.
  return isReleased(reason) || reason.code === 'OWNER_FENCED' || isStoreFault(reason);
}

/** True for the reasons after which the run is still ours to let go of. */
export function isReleased(reason: unknown): boolean {
  return isRunchartError(reason, 'RUNTIME_CLOSED') || isRunchartError(reason, 'RUN_PARKED');
}
