import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import { isBusy } from './store-error.ts';

/** Longest pause: short enough to get a turn between the transactions of a writer that never rests. */
const MAX_PAUSE_MS = 16;

/**
 * The pauses between attempts to get SQLite's lock, random so that waiting writers do not march in
 * step. SQLite's own busy timeout is not used: it is unfair (4 against 4,482 commits/s between two busy
 * writers) and blocks the event loop.
 */
function* pauses(limitMs: number, cause: unknown): Generator<number, never> {
  const deadline = performance.now() + limitMs;
  let longest = 1;
  while (performance.now() < deadline) {
    yield 0.2 + Math.random() * longest;
    longest = Math.min(longest * 2, MAX_PAUSE_MS);
  }
  throw new RunchartError(
    'STORE_BUSY',
    `Another process has held the database for ${limitMs} ms; try again.`,
    { cause },
  );
}

/** Repeats an attempt that throws "busy", without blocking the event loop. */
export async function retryBusy<T>(limitMs: number, attempt: () => T): Promise<T> {
  let waiting: Generator<number, never> | undefined;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      waiting ??= pauses(limitMs, error);
      await sleep(waiting.next().value);
    }
  }
}

/** The same for a thread that has nothing else to do. */
export function retryBusySync<T>(limitMs: number, attempt: () => T): T {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let waiting: Generator<number, never> | undefined;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      waiting ??= pauses(limitMs, error);
      Atomics.wait(never, 0, 0, waiting.next().value);
    }
  }
}
