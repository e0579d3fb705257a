import type { RunChange } from '../../runtime.ts';
import { reach, runtime } from './api.ts';

type Listener = (change: RunChange) => void;

const listeners = new Set<Listener>();

/** Hears of every run that changes, each at most a few times a second. Answers how to stop. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Milliseconds in which a run that changes often is told once. */
const PACE_MS = 250;
/** How often a page without a stream asks. */
const POLL_MS = 2_000;
/**
 * Pages of one browser that hold a stream: it opens six connections to a server at most, over HTTP/1, and
 * requests of all its pages need some of them. Further pages ask from time to time.
 */
const STREAMS = 3;

const MISSED: RunChange = { kind: 'missed' };

/** Follows what changes, for as long as the page is open. */
export async function followChanges(): Promise<void> {
  for (;;) {
    const isDone = await withPlace(follow);
    if (isDone) continue;
    await visible();
    tell(MISSED);
    await pause(POLL_MS);
  }
}

/** While the page is not seen nothing is followed: when it is seen again, it looks at everything anew. */
async function follow(): Promise<void> {
  await visible();
  const hidden = new AbortController();
  const stop = (): void => {
    if (document.visibilityState === 'hidden') hidden.abort();
  };
  document.addEventListener('visibilitychange', stop);
  try {
    for await (const change of runtime.changes({ signal: hidden.signal, paceMs: PACE_MS }))
      tell(change);
  } catch {
    if (reach.value === 'connected') reach.value = 'lost';
  } finally {
    document.removeEventListener('visibilitychange', stop);
  }
  await pause(POLL_MS);
}

/** Runs `work` while this page has one of the streams of the browser; false: they are all taken. */
async function withPlace(work: () => Promise<void>): Promise<boolean> {
  // Without locks, which only pages of this machine or over TLS have, there is nobody to share with.
  if (!('locks' in navigator)) return work().then(() => true);
  for (let place = 1; place <= STREAMS; place += 1) {
    const isDone = await navigator.locks.request(
      `runchart-stream-${place}`,
      { ifAvailable: true },
      async (lock) => {
        if (lock === null) return false;
        await work();
        return true;
      },
    );
    if (isDone) return true;
  }
  return false;
}

function tell(change: RunChange): void {
  for (const listener of listeners) listener(change);
}

async function visible(): Promise<void> {
  if (document.visibilityState === 'visible') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  document.addEventListener('visibilitychange', () => resolve(), { once: true });
  await promise;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
