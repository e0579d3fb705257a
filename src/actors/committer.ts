import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commit, CommitOutcome, EventStore } from '../stores/index.ts';
import type { AppendSignal } from './signals.ts';

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

/** What became of one batch. */
export interface Appended extends Omit<AppendSignal, 'type' | 'error'> {
  /** Why the store rejected the whole of it. */
  readonly error?: { readonly cause: unknown };
}

/** What is written at once. */
interface Batch {
  readonly sources: readonly CommitSource[];
  readonly commits: readonly Commit[];
  readonly events: number;
  readonly bytes: number;
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
 * Batches in flight to a store that works in the background, of different runs each: it never waits for
 * the next one. With two, 100 runs on SQLite's thread get 1.4 times the rate that they get with one.
 */
const MAX_FLIGHTS = 2;

/**
 * Group commit: what many runs have to write becomes one durable write. While a batch is in flight the
 * next one gathers, so that the batch size follows the load. A run has one commit in flight at a time.
 */
export class Committer {
  readonly #store: Pick<EventStore, 'append'>;
  readonly #onAppend: ((appended: Appended) => void) | undefined;
  readonly #toldPerTurn: number;
  readonly #maxFlights: number;
  /** In order of marking, which is what makes it fair. */
  readonly #dirty = new Set<CommitSource>();
  /** What came back from the store and waits to be told. */
  readonly #landed: (() => void)[] = [];
  readonly #flights = new Set<Promise<void>>();
  #working: Promise<void> | undefined;
  #wake: () => void = () => {};

  /** `onAppend` hears of each batch before those who sent it. MUST NOT throw. */
  constructor(
    store: Pick<EventStore, 'append' | 'capabilities'>,
    onAppend?: (appended: Appended) => void,
  ) {
    this.#store = store;
    this.#onAppend = onAppend;
    const { background } = store.capabilities;
    this.#toldPerTurn = background ? TOLD_PER_TURN : MAX_BATCH_EVENTS;
    this.#maxFlights = background ? MAX_FLIGHTS : 1;
  }

  /** Says that `source` has something to take. Cheap, and may be repeated. */
  mark(source: CommitSource): void {
    this.#dirty.add(source);
    this.#working ??= this.#work();
    this.#wake();
  }

  /** Resolves when nothing is in flight and nothing waits. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    // Not in this turn: a microtask would starve timers and I/O, a timer would cost a millisecond.
    await nextTurn();
    while (this.#dirty.size > 0 || this.#landed.length > 0 || this.#flights.size > 0) {
      // What leaves goes first: the store works on it while the callers of the batch before are told.
      while (this.#mayLeave()) this.#send();
      if (this.#landed.length > 0) {
        for (const tell of this.#landed.splice(0, this.#toldPerTurn)) tell();
        await nextTurn();
      } else if (this.#flights.size > 0) await this.#landing();
    }
    this.#working = undefined;
  }

  /**
   * The store never waits for work. But beside a batch that is under way a small one only leaves when nobody is left
   * to be told: who is told next goes on, and would fill it.
   */
  #mayLeave(): boolean {
    if (this.#dirty.size === 0 || this.#flights.size >= this.#maxFlights) return false;
    return (
      this.#flights.size === 0 || this.#landed.length === 0 || this.#dirty.size >= MAX_BATCH_EVENTS
    );
  }

  /** Waits for a batch to land or, while another may leave, for something to send. */
  async #landing(): Promise<void> {
    const { promise: marked, resolve } = Promise.withResolvers<'marked'>();
    if (this.#flights.size < this.#maxFlights) this.#wake = () => resolve('marked');
    const first = await Promise.race([...this.#flights, marked]);
    this.#wake = () => {};
    // What is sent by the same turn goes together.
    if (first === 'marked') await nextTurn();
  }

  #send(): void {
    const batch = this.#gather();
    if (batch.commits.length === 0) return;
    // Removed only after it was added, also when a store throws at once.
    const flight = this.#write(batch).then(() => void this.#flights.delete(flight));
    this.#flights.add(flight);
  }

  #gather(): Batch {
    const sources: CommitSource[] = [];
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
    return { sources, commits, events, bytes };
  }

  async #write(batch: Batch): Promise<void> {
    const { sources, commits } = batch;
    const startMs = performance.now();
    try {
      const outcomes = await this.#store.append(commits);
      const durationMs = performance.now() - startMs;
      // All are looked at before any is told: nobody is told of an outcome and of a failure.
      const landed = sources.map((source, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined) throw new TypeError('Expected an outcome per commit, got none');
        return () => source.settle(outcome);
      });
      this.#tell(batch, durationMs, outcomes);
      this.#landed.push(...landed);
    } catch (error) {
      this.#tell(batch, performance.now() - startMs, [], error);
      for (const source of sources) this.#landed.push(() => source.fail(error));
    }
  }

  #tell(
    { commits, events, bytes }: Batch,
    durationMs: number,
    outcomes: readonly CommitOutcome[],
    ...failure: readonly unknown[]
  ): void {
    if (this.#onAppend === undefined) return;
    let stored = 0;
    let repeated = 0;
    let refused = 0;
    for (const { kind } of outcomes) {
      if (kind === 'stored') stored += 1;
      else if (kind === 'repeat') repeated += 1;
      else refused += 1;
    }
    const error = failure.length === 0 ? {} : { error: { cause: failure[0] } };
    const about = { commits: commits.length, events, bytes, durationMs, stored, repeated, refused };
    this.#onAppend({ ...about, ...error });
  }
}
