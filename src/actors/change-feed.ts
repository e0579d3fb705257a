import { asleep } from './asleep.ts';
import { after, type Clock } from './clock.ts';

/** Changed runs that are kept per reader; beyond that it is told to look at all of them. */
const MAX_CHANGED = 10_000;
/** The same for a reader with a pace: naming more of them each time would cost more than reading a list does. */
const MAX_PACED = 200;

/** Runs that changed since the last time; undefined: too many to name. */
export type Changed = readonly string[] | undefined;

interface Reader {
  runIds: Set<string>;
  hasMissed: boolean;
  /** It was told something, and is told nothing more for as long as its pace is. */
  isResting: boolean;
  readonly maxChanged: number;
  wake: () => void;
}

export interface FollowChanges {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds by the clock between two of what is told, at least. Default 0. */
  readonly paceMs?: number | undefined;
}

/** Tells readers which runs have changed, each run once however often it did. Writers never wait for readers. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #readers = new Set<Reader>();
  #onChange: (runIds: readonly string[]) => void = () => {};
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back with what changed, before any reader can know of it, as long as there are readers. */
  listen(onChange: (runIds: readonly string[]) => void): void {
    this.#onChange = onChange;
  }

  publish(runIds: readonly string[]): void {
    if (this.#readers.size === 0) return;
    this.#onChange(runIds);
    for (const reader of this.#readers) {
      if (reader.hasMissed) continue;
      for (const runId of runIds) reader.runIds.add(runId);
      if (reader.runIds.size > reader.maxChanged) {
        reader.runIds = new Set();
        reader.hasMissed = true;
      }
      // Whoever writes does no more for a reader that rests than to note the run.
      if (!reader.isResting) reader.wake();
    }
  }

  /** Ends every iteration. */
  close(): void {
    this.#closed = true;
    for (const { wake } of this.#readers) wake();
  }

  /**
   * What changes from the call of this on, not from the first `next`. It MUST be iterated, or its signal
   * aborted: until then the feed keeps what it would tell.
   */
  follow({ signal, paceMs = 0 }: FollowChanges = {}): AsyncGenerator<Changed, void, void> {
    const reader: Reader = {
      runIds: new Set(),
      hasMissed: false,
      isResting: false,
      maxChanged: paceMs > 0 ? MAX_PACED : MAX_CHANGED,
      wake: () => {},
    };
    this.#readers.add(reader);
    signal?.addEventListener('abort', () => this.#readers.delete(reader), { once: true });
    return this.#tell(reader, paceMs, signal);
  }

  async *#tell(
    reader: Reader,
    paceMs: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Changed> {
    let endRest = (): void => {};
    const rest = (): void => {
      if (paceMs <= 0) return;
      reader.isResting = true;
      endRest = after(this.#clock, paceMs, () => {
        reader.isResting = false;
        reader.wake();
      });
    };
    const wake = (): void => reader.wake();
    const hasEnded = (): boolean => this.#closed || signal?.aborted === true;
    signal?.addEventListener('abort', wake);
    try {
      while (!hasEnded()) {
        if (!reader.isResting && reader.hasMissed) {
          reader.hasMissed = false;
          rest();
          yield undefined;
        } else if (!reader.isResting && reader.runIds.size > 0) {
          const runIds = [...reader.runIds];
          reader.runIds = new Set();
          rest();
          yield runIds;
        } else await asleep(reader, this.#clock);
      }
    } finally {
      endRest();
      signal?.removeEventListener('abort', wake);
      this.#readers.delete(reader);
    }
  }
}
