import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commit, CommitOutcome, EventStore } from '../stores/index.ts';

/** A run that has something to write. */
export interface CommitSource {
  /**
   * Decides what waits and answers it as one commit, up to `maxEvents` and until `maxBytes` are reached;
   * undefined when nothing is left.
   */
  take(maxEvents: number, maxBytes: number): Commit | undefined;
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
 * With a store that works in the background, commits that are told of before the next batch may leave.
 * Callers that go on at once form that batch, so that the store writes for some while others are told:
 * of 100 runs on SQLite's thread 1.5 times the rate. A store on this thread wants whole batches.
 */
const TOLD_PER_TURN = 32;

/**
 * Group commit: what many runs have to write becomes one durable write.
 * One batch is in flight at a time; the next one gathers meanwhile, so that the batch size follows the load.
 */
export class Committer {
  readonly #store: Pick<EventStore, 'append'>;
  readonly #toldPerTurn: number;
  /** In order of marking, which is what makes it fair. */
  readonly #dirty = new Set<CommitSource>();
  /** What came back from the store and waits to be told. */
  readonly #landed: (() => void)[] = [];
  #flight: Promise<void> | undefined;
  #working: Promise<void> | undefined;

  constructor(store: Pick<EventStore, 'append' | 'capabilities'>) {
    this.#store = store;
    this.#toldPerTurn = store.capabilities.background ? TOLD_PER_TURN : MAX_BATCH_EVENTS;
  }

  /** Says that `source` has something to take. Cheap, and may be repeated. */
  mark(source: CommitSource): void {
    this.#dirty.add(source);
    this.#working ??= this.#work();
  }

  /** Resolves when nothing is in flight and nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    // Not in this turn: a microtask would starve timers and I/O, a timer would cost a millisecond.
    await nextTurn();
    while (this.#dirty.size > 0 || this.#landed.length > 0 || this.#flight !== undefined) {
      // What leaves goes first: the store works on it while the callers of the batch before are told.
      if (this.#flight === undefined && this.#dirty.size > 0) this.#send();
      if (this.#landed.length > 0) {
        for (const tell of this.#landed.splice(0, this.#toldPerTurn)) tell();
        await nextTurn();
      } else await this.#flight;
    }
    this.#working = undefined;
  }

  #send(): void {
    const sources: CommitSource[] = [];
    const commits = this.#gather(sources);
    if (commits.length === 0) return;
    // Cleared only after it was set, also when a store throws at once.
    this.#flight = this.#write(sources, commits).then(() => {
      this.#flight = undefined;
    });
  }

  #gather(sources: CommitSource[]): Commit[] {
    const commits: Commit[] = [];
    let events = 0;
    let bytes = 0;
    for (const source of this.#dirty) {
      if (events >= MAX_BATCH_EVENTS || bytes >= MAX_BATCH_BYTES) break;
      this.#dirty.delete(source);
      const commit = source.take(MAX_BATCH_EVENTS - events, MAX_BATCH_BYTES - bytes);
      if (commit === undefined) continue;
      sources.push(source);
      commits.push(commit);
      events += commit.events.length;
      for (const { payload } of commit.events) bytes += payload.length;
    }
    return commits;
  }

  async #write(sources: readonly CommitSource[], commits: readonly Commit[]): Promise<void> {
    try {
      const outcomes = await this.#store.append(commits);
      for (const [i, source] of sources.entries()) {
        const outcome = outcomes[i];
        if (outcome === undefined) throw new TypeError('Expected an outcome per commit, got none');
        this.#landed.push(() => source.settle(outcome));
      }
    } catch (error) {
      for (const source of sources) this.#landed.push(() => source.fail(error));
    }
  }
}
