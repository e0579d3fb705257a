/** What asks a program to end: Ctrl-C, `kill`, and a terminal that was closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The longest that a timer takes: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export type EndingSignal = (typeof ENDING)[number];

/** Calls back on every signal that asks us to end. Answers a function that stops listening. */
export function onEndingSignal(listener: (signal: EndingSignal) => void): () => void {
  for (const name of ENDING) process.on(name, listener);
  return () => {
    for (const name of ENDING) process.off(name, listener);
  };
}

/** Does something that waits for others, and that such a signal ends in good order instead of at once. */
export async function withSignals<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const stop = onEndingSignal(() => interrupted.abort());
  // Node ends when all that is left are promises; those of the wait are kept by somebody else.
  const alive = setInterval(() => undefined, MAX_TIMER_MS);
  try {
    return await work(interrupted.signal);
  } finally {
    clearInterval(alive);
    stop();
  }
}
