import type { Commit, CommitOutcome, EventStore } from '../stores/index.ts';

/** A run that has something to write. */
export interface CommitSource {
  /** Decides what waits, up to `maxEvents`, and answers it as one commit; undefined when nothing is left. */
  take(maxEvents: number): Commit | undefined;
  /** The store's answer to the commit that was taken last. */
  settle(outcome: CommitOutcome): void;
  /** The append was rejected: whether it was stored is unknown. */
  fail(error: unknown): void;
}

/** Above this many events a batch gains no more, while the timer gap of the writer keeps growing. */
const MAX_BATCH_EVENTS = 256;
/** Bytes of payload, roughly: characters of JSON are counted. */
const MAX_BATCH_BYTES = 1024 * 1024;

/**
 * Group commit: what many runs have to write becomes one durable write.
 * One batch is in flight at a time; the next one gathers meanwhile, so that the batch size follows the load.
 */
export class Committer {
  readonly #store: Pick<EventStore, 'append'>;
  /** In order of marking, which is what makes it fair. */
  readonly #dirty = new Set<CommitSource>();
  #busy = false;
  #idleWaiters: (() => void)[] = [];

  constructor(store: Pick<EventStore, 'append'>) {
    this.#store = store;
  }

  /** Says that `source` has something to take. Cheap, and may be repeated. */
  mark(source: CommitSource): void {
    this.#dirty.add(source);
    this.#arm();
  }

  /** Resolves when nothing is in flight and nothing waits. */
  async idle(): Promise<void> {
    if (!this.#busy) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #arm(): void {
    if (this.#busy) return;
    this.#busy = true;
    // Not a microtask, which would starve timers and I/O, and not a timer, which would cost a millisecond.
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const sources: CommitSource[] = [];
    const commits = this.#gather(sources);
    if (commits.length > 0) await this.#write(sources, commits);
    this.#busy = false;
    if (this.#dirty.size > 0) return this.#arm();
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #gather(sources: CommitSource[]): Commit[] {
    const commits: Commit[] = [];
    let events = 0;
    let bytes = 0;
    for (const source of this.#dirty) {
      if (events >= MAX_BATCH_EVENTS || bytes >= MAX_BATCH_BYTES) break;
      this.#dirty.delete(source);
      const commit = source.take(MAX_BATCH_EVENTS - events);
      if (commit === undefined) continue;
      sources.push(source);
      commits.push(commit);
      events += commit.events.length;
      for (const { payload } of commit.events) bytes += payload.length;
    }
    return commits;
  }

  async #write(sources: readonly CommitSource[], commits: readonly Commit[]): Promise<void> {
    let outcomes: readonly CommitOutcome[];
    try {
      outcomes = await this.#store.append(commits);
    } catch (error) {
      for (const source of sources) source.fail(error);
      return;
    }
    for (const [i, source] of sources.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined) source.fail(new TypeError('Expected an outcome per commit, got none'));
      else source.settle(outcome);
    }
  }
}
