/** Time as an argument: what it is, and to be called when it comes. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `onTime` once, when `instantMs` has come. Answers a function that calls it off. */
  at(instantMs: number, onTime: () => void): () => void;
  /**
   * Calls `onTime` once, when so many milliseconds have passed. Answers a function that calls it off.
   * The runtime measures its own pauses by it: before a run is parked, before it looks again, the time
   * that a step may take. Left out, these take the time of the system, whatever `now` says.
   */
  after?(ms: number, onTime: () => void): () => void;
}

/** A timer cannot be set further ahead, in milliseconds; beyond it the time is looked at again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The time of `now`, with timers of the system. A process with a timer set stays alive for it. */
export function systemClock(now: () => number = Date.now): Clock {
  return {
    now,
    at: (instantMs, onTime) => {
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        const ms = instantMs - now();
        if (ms <= 0) onTime();
        else timer = setTimeout(look, Math.min(ms, MAX_TIMER_MS));
      };
      // Never before `at` has answered, so that the caller can always call it off.
      timer = setTimeout(look, Math.min(Math.max(0, instantMs - now()), MAX_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}

/** Calls `onTime` once, after a pause by the clock, or by the system if the clock measures none. */
export function after(
  clock: Clock,
  ms: number,
  onTime: () => void,
  { keepsAlive = true }: { readonly keepsAlive?: boolean } = {},
): () => void {
  if (clock.after !== undefined) return clock.after(ms, onTime);
  const timer = setTimeout(onTime, ms);
  if (!keepsAlive) timer.unref();
  return () => clearTimeout(timer);
}

/** Resolves after a pause, as `after` measures it; rejects with the signal's reason when it is aborted first. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = (): void => {
      callOff();
      reject(signal?.reason);
    };
    const callOff = after(clock, ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Resolves when the instant has come; rejects with the signal's reason when it is aborted first. */
export function until(clock: Clock, instantMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      callOff();
      reject(signal.reason);
    };
    const callOff = clock.at(instantMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
