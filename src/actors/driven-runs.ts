import { isTerminal } from '../machines/index.ts';
import { type Driving, stopIfLost } from './driving.ts';
import { firstOf } from './first-of.ts';
import type { RunActor } from './run-actor.ts';
import type { Tap } from './signals.ts';

/** A run that is driven in this process. */
export interface DrivenRun extends Pick<Driving, 'attempt' | 'sinceMs'> {
  readonly runId: string;
}

/** The runs that are driven here, which have to stop when they are lost. */
export class DrivenRuns {
  readonly #driven = new Map<string, Driving>();
  readonly #tap: Tap;

  constructor(tap: Tap) {
    this.#tap = tap;
  }

  get size(): number {
    return this.#driven.size;
  }

  has(runId: string): boolean {
    return this.#driven.has(runId);
  }

  begin(runId: string, driving: Driving): void {
    this.#driven.set(runId, driving);
  }

  end(runId: string): void {
    this.#driven.delete(runId);
  }

  stopIfLost({ runId, snapshot }: Pick<RunActor, 'runId' | 'snapshot'>): void {
    const driving = this.#driven.get(runId);
    if (driving === undefined || snapshot === undefined) return;
    const { controller, epoch } = driving;
    const wasStopped = controller.signal.aborted;
    stopIfLost(driving, snapshot);
    if (wasStopped || !controller.signal.aborted || isTerminal(snapshot.status)) return;
    this.#tap?.({ type: 'run.fenced', runId, epoch, newEpoch: snapshot.epoch });
  }

  /** Those that have been driven longest, at most so many. */
  list(most: number): readonly DrivenRun[] {
    const driven = firstOf(this.#driven, most);
    return driven.map(([runId, { attempt, sinceMs }]) => ({ runId, attempt, sinceMs }));
  }
}
