import type { Dispatch, DispatchJob } from './dispatch.ts';

/** Runs that wait here, keeping their turn in their session. */
export class WaitingRuns {
  readonly #jobs = new Map<string, DispatchJob>();
  readonly #dispatch: Pick<Dispatch, 'submit'>;

  constructor(dispatch: Pick<Dispatch, 'submit'>) {
    this.#dispatch = dispatch;
  }

  get size(): number {
    return this.#jobs.size;
  }

  add(runId: string, sessionId: string): void {
    // In a session of its own it stands in nobody's way, and nothing is kept of it.
    if (sessionId !== runId) this.#jobs.set(runId, { runId, sessionId, priority: 0 });
  }

  /** It waits no more: somebody else has queued it. */
  forget(runId: string): void {
    this.#jobs.delete(runId);
  }

  /** Something happened to a run that may wait here: its lane has to look at it again. */
  wake(runId: string): void {
    const job = this.#jobs.get(runId);
    if (job === undefined) return;
    this.#jobs.delete(runId);
    this.#dispatch.submit(job);
  }
}
