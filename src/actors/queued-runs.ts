/** What is known of a run that was queued here. */
export interface Queued {
  /** The epoch by then: a run that was claimed meanwhile is not driven. */
  readonly epoch: number;
  /** It may be taken over from an owner that died; else it is driven only if it is ours. */
  readonly mayTake: boolean;
  /** As of its job. */
  readonly priority: number;
}

/** Under what conditions runs were queued here. */
export class QueuedRuns {
  readonly #queued = new Map<string, Queued>();

  /** A run that is queued twice is driven if either of the two allows it. */
  add(runId: string, { epoch, mayTake, priority }: Queued): void {
    const before = this.#queued.get(runId);
    this.#queued.set(runId, {
      epoch: Math.max(epoch, before?.epoch ?? 0),
      mayTake: mayTake || before?.mayTake === true,
      priority,
    });
  }

  /** undefined: somebody else queued it. */
  take(runId: string): Queued | undefined {
    const queued = this.#queued.get(runId);
    this.#queued.delete(runId);
    return queued;
  }
}
