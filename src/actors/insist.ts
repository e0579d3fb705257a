import { isRunchartError } from '../errors.ts';
import { type Clock, pause } from './clock.ts';

/** A store that is busy or fails for a moment is well again by then; one that is not is the operator's. */
const PAUSES_MS = [10, 50, 250];

/**
 * Calls again after a failure that may pass. For the first and the last word of a run's work: nobody
 * else would say them. A last word that was stored, its answer lost, is late the second time.
 */
export async function insist<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      // What is no error of ours came from a store, and may pass as well.
      if (isRunchartError(error) && !error.retryable) throw error;
    }
    await pause(clock, ms);
  }
  return call();
}
