import { isTerminal, type RunSnapshot } from '../machines/index.ts';
import { overError, takenOver } from './get-run.ts';

/** A run that is driven here. */
export interface Driving {
  readonly controller: AbortController;
  epoch: number;
  readonly attempt: number;
  /** When the attempt began here, in epoch milliseconds. */
  readonly sinceMs: number;
  /** The work has said its last word. */
  isFinishing: boolean;
  /** How it came to be ours no more: the run is over, or was taken. */
  lost?: 'terminal' | 'fenced';
}

/** Work on a run that is over or was taken over has to stop. */
export function stopIfLost(driving: Driving, now: RunSnapshot): void {
  const { controller, epoch, isFinishing } = driving;
  if (isTerminal(now.status)) {
    driving.lost = 'terminal';
    // Work that has said its last word ends by it, unless a cancel came first.
    if (isFinishing && now.status !== 'cancelled') return;
    controller.abort(overError(now));
  } else if (now.epoch !== epoch) {
    driving.lost = 'fenced';
    controller.abort(takenOver(now.runId));
  }
}
