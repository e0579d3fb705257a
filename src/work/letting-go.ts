import { isRunchartError } from '../errors.ts';

/** True when the work was told to stop although the run goes on: later, or with another owner. */
export function isLetGo({ aborted, reason }: AbortSignal): boolean {
  return aborted && (isReleased(reason) || isRunchartError(reason, 'OWNER_FENCED'));
}

/** True for the reasons after which the run is still ours to let go of. */
export function isReleased(reason: unknown): boolean {
  return isRunchartError(reason, 'RUNTIME_CLOSED') || isRunchartError(reason, 'RUN_PARKED');
}
