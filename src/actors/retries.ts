import { type Clock, until } from './clock.ts';

export interface RetriesPort {
  readonly clock: Clock;
  /** Aborted when nothing is tried again any more. */
  readonly signal: AbortSignal;
  readonly retry: (runId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** How long a run waits whose store failed it, in milliseconds; each time twice as long. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/** Has runs driven again that could not be, because the store failed: it may be well by then. */
export class Retries {
  readonly #port: RetriesPort;
  /** How often in a row, by run. */
  readonly #failures = new Map<string, number>();

  constructor(port: RetriesPort) {
    this.#port = port;
  }

  /** The run was driven without a fault. */
  done(runId: string): void {
    this.#failures.delete(runId);
  }

  /** Waits, and tries; never rejects. */
  async again(runId: string): Promise<void> {
    const { clock, signal, retry, onError } = this.#port;
    const failures = this.#failures.get(runId) ?? 0;
    this.#failures.set(runId, failures + 1);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS);
    try {
      await until(clock, clock.now() + pauseMs, signal);
      await retry(runId);
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
      void this.again(runId);
    }
  }
}
