import { RunchartError } from '../errors.ts';
import { type Envelope, isTerminal, type RunStatus } from '../machines/index.ts';
import type { EventStore, StoredEvent } from '../stores/index.ts';
import { asleep } from './asleep.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Clock } from './clock.ts';
import { endsRun } from './decide.ts';
import { envelopeOf } from './envelope.ts';
import { getRun } from './get-run.ts';

/** How far a reader may fall behind before it goes back to paging; the events are shared, not copied. */
const MAX_BUFFERED = 256;
/** Events per page: enough to make paging cheap, few enough to hold in memory per reader. */
const PAGE_EVENTS = 256;

export interface FollowOptions {
  /** Exclusive; 0, the default, begins at the head of the log. */
  readonly afterSeq?: number;
  /** False stops at the end of the stored log; true, the default, goes on until the run is over. */
  readonly live?: boolean;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
}

/** Where a reader stands between the writers and its consumer. */
interface Reader {
  buffer: StoredEvent[];
  /** The buffer does not hold all there is: page the store. */
  behind: boolean;
  /** The `seq` that its consumer was given last, and the newest that is known here. */
  givenSeq: number;
  knownSeq: number;
  wake: () => void;
}

/** Who follows runs, and how far they are behind. */
export interface FeedStats {
  /** Iterations under way over the events of runs. */
  readonly readers: number;
  readonly runs: number;
  /** Readers that have more before them than is kept for them, and page the store. */
  readonly paging: number;
  /**
   * Events that are durable, as far as known here, and not yet asked for by the slowest reader. One that reads
   * what was stored long ago is behind by all of it.
   */
  readonly lagEvents: number;
}

/**
 * Shows the events of runs to whoever follows them: what is stored first, then what comes.
 * Writers never wait for readers, and readers lose nothing: one that falls behind its buffer reads
 * the store again.
 */
export class LiveFeed {
  /** Which runs have changed, whoever follows them. */
  readonly changed: ChangeFeed;
  readonly #store: Pick<EventStore, 'get' | 'read'>;
  readonly #clock: Clock;
  readonly #readers = new Map<string, Set<Reader>>();
  #closed = false;

  constructor(store: Pick<EventStore, 'get' | 'read'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.changed = new ChangeFeed(clock);
  }

  /** True while somebody follows the run. */
  followed(runId: string): boolean {
    return this.#readers.has(runId);
  }

  /** Hands durable events to the followers of a run. */
  publish(runId: string, events: readonly StoredEvent[]): void {
    this.changed.publish([runId]);
    for (const reader of this.#readers.get(runId) ?? []) {
      if (reader.buffer.length + events.length > MAX_BUFFERED) fallBehind(reader);
      else if (!reader.behind) reader.buffer.push(...events);
      reader.knownSeq = events.at(-1)?.seq ?? reader.knownSeq;
      reader.wake();
    }
  }

  /** The run may have grown by events that are not published here: its followers read the store. */
  poke(runId: string): void {
    this.changed.publish([runId]);
    for (const reader of this.#readers.get(runId) ?? []) {
      fallBehind(reader);
      reader.wake();
    }
  }

  stats(): FeedStats {
    let readers = 0;
    let paging = 0;
    let lagEvents = 0;
    for (const ofRun of this.#readers.values()) {
      for (const { behind, givenSeq, knownSeq } of ofRun) {
        readers += 1;
        if (behind) paging += 1;
        lagEvents = Math.max(lagEvents, knownSeq - givenSeq);
      }
    }
    return { readers, runs: this.#readers.size, paging, lagEvents };
  }

  /** Ends every iteration that goes on with what comes; others, and those that begin later, fail. */
  close(): void {
    this.#closed = true;
    this.changed.close();
    for (const runId of this.#readers.keys()) this.poke(runId);
  }

  /**
   * Each event of the run after `afterSeq`, exactly once and in order, whenever the caller joins.
   * Ends when the run is over and all that was recorded until then is delivered; what is recorded
   * late after that, the next call tells. Ends as well when the runtime closes.
   * Rejects with RUN_NOT_FOUND, and with RUNTIME_CLOSED if it is closed, or closes while what is stored
   * is read that alone was asked for.
   */
  async *follow(runId: string, options: FollowOptions = {}): AsyncGenerator<Envelope, void, void> {
    const { live = true, signal, afterSeq = 0 } = options;
    if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) {
      throw new TypeError(`Expected afterSeq to be 0 or a positive integer, got ${afterSeq}`);
    }
    const ended = (): boolean => this.#closed || signal?.aborted === true;
    // Listen first, read second: what is stored in between is on a page, in the buffer, or in both.
    const reader = this.#join(runId, afterSeq);
    const wake = (): void => reader.wake();
    signal?.addEventListener('abort', wake);
    try {
      if (this.#closed) throw closedError(runId);
      let cursor = afterSeq;
      let run = await getRun(this.#store, runId);
      reader.knownSeq = Math.max(reader.knownSeq, run.lastSeq);
      while (!ended()) {
        if (reader.behind) {
          reader.behind = false;
          for await (const event of this.#stored(runId, cursor)) {
            cursor = event.seq;
            reader.givenSeq = cursor;
            yield envelopeOf(run, event);
            // What is stored was asked for, and part of it would pass for the whole.
            if (this.#closed && !live) throw closedError(runId);
            if (ended()) return;
          }
          if (!live) return;
          run = await getRun(this.#store, runId);
          reader.knownSeq = Math.max(reader.knownSeq, run.lastSeq);
          if (run.lastSeq > cursor && reader.buffer.length === 0) reader.behind = true;
          else if (run.lastSeq <= cursor && isTerminal(run.status as RunStatus)) return;
        }
        const event = reader.buffer.shift();
        if (event === undefined) {
          if (!reader.behind && !ended()) await asleep(reader, this.#clock);
        } else if (event.seq > cursor + 1) {
          fallBehind(reader);
        } else if (event.seq > cursor) {
          cursor = event.seq;
          reader.givenSeq = cursor;
          yield envelopeOf(run, event);
          // The run is over: make sure that nothing more stands behind this event, then end.
          if ((event.late || endsRun(event.type)) && reader.buffer.length === 0)
            reader.behind = true;
        }
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      this.#leave(runId, reader);
    }
  }

  #join(runId: string, afterSeq: number): Reader {
    const seqs = { givenSeq: afterSeq, knownSeq: afterSeq };
    const reader: Reader = { buffer: [], behind: true, ...seqs, wake: () => {} };
    const readers = this.#readers.get(runId);
    if (readers === undefined) this.#readers.set(runId, new Set([reader]));
    else readers.add(reader);
    return reader;
  }

  #leave(runId: string, reader: Reader): void {
    const readers = this.#readers.get(runId);
    readers?.delete(reader);
    if (readers?.size === 0) this.#readers.delete(runId);
  }

  async *#stored(runId: string, afterSeq: number): AsyncGenerator<StoredEvent, void, void> {
    let more = true;
    while (more) {
      const page = await this.#store.read(runId, { afterSeq, limit: PAGE_EVENTS });
      yield* page.events;
      afterSeq = page.nextAfterSeq;
      more = page.hasMore;
    }
  }
}

function closedError(runId: string): RunchartError {
  return new RunchartError(
    'RUNTIME_CLOSED',
    `The runtime was closed before the events of run ${runId} were read; create another one.`,
  );
}

/** What the buffer holds is in the store too, so it can go. */
function fallBehind(reader: Reader): void {
  reader.buffer = [];
  reader.behind = true;
}
