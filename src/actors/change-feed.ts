import { asleep } from './asleep.ts';
import type { Clock } from './clock.ts';

/** Changed runs that are kept per reader; beyond that it is told to look at all of them. */
const MAX_CHANGED = 10_000;

/** Runs that changed since the last time; undefined: too many to name. */
export type Changed = readonly string[] | undefined;

interface Reader {
  runIds: Set<string>;
  hasMissed: boolean;
  wake: () => void;
}

/** Tells readers which runs have changed, each run once however often it did. Writers never wait for readers. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #readers = new Set<Reader>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publish(runIds: readonly string[]): void {
    for (const reader of this.#readers) {
      if (reader.hasMissed) continue;
      for (const runId of runIds) reader.runIds.add(runId);
      if (reader.runIds.size > MAX_CHANGED) {
        reader.runIds = new Set();
        reader.hasMissed = true;
      }
      reader.wake();
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
  follow(signal?: AbortSignal): AsyncGenerator<Changed, void, void> {
    const reader: Reader = { runIds: new Set(), hasMissed: false, wake: () => {} };
    this.#readers.add(reader);
    signal?.addEventListener('abort', () => this.#readers.delete(reader), { once: true });
    return this.#tell(reader, signal);
  }

  async *#tell(reader: Reader, signal: AbortSignal | undefined): AsyncGenerator<Changed> {
    const wake = (): void => reader.wake();
    const hasEnded = (): boolean => this.#closed || signal?.aborted === true;
    signal?.addEventListener('abort', wake);
    try {
      while (!hasEnded()) {
        if (reader.hasMissed) {
          reader.hasMissed = false;
          yield undefined;
        } else if (reader.runIds.size > 0) {
          const runIds = [...reader.runIds];
          reader.runIds = new Set();
          yield runIds;
        } else await asleep(reader, this.#clock);
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      this.#readers.delete(reader);
    }
  }
}
