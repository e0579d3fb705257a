import type { DispatchJob, DispatchStats } from '../actors/index.ts';
import type { Taken } from './job-queue.ts';

/** Sessions that are listed; how many there are is told beside it. */
const MAX_LISTED = 100;

/** A run that is driven here, with the job that it is driven for. */
export class Held<Job extends Taken> {
  readonly job: DispatchJob;
  /** undefined: it came from this process, and no queue knows of it. */
  taken: Job | undefined;
  /** It was submitted once more. */
  again = false;
  driven: Promise<void> = Promise.resolve();
  #keptMs: number;

  constructor(job: DispatchJob, taken: Job | undefined) {
    this.job = job;
    this.taken = taken;
    this.#keptMs = taken?.sinceMs ?? 0;
  }

  /** Kept, by a call that was made at this instant of the monotonic clock. */
  kept(atMs: number): void {
    this.#keptMs = Math.max(this.#keptMs, atMs);
  }

  /** True while nobody else can have got the job; a process that was frozen finds out by the clock. */
  isOurs(): boolean {
    return this.taken !== undefined && performance.now() - this.#keptMs < this.taken.leaseMs;
  }

  /** Goes on for a younger job of the same run. */
  replace(taken: Job): void {
    this.taken = taken;
    this.#keptMs = taken.sinceMs;
  }
}

/** What is driven here, for people who look. What is queued for all is not known here. */
export function statsOf(
  held: readonly Held<Taken>[],
  { concurrency, queued }: { readonly concurrency: number; readonly queued: number },
): DispatchStats {
  return {
    concurrency,
    driven: held.length,
    queued,
    waiting: 0,
    sessions: new Set(held.map(({ job }) => job.sessionId)).size,
    lanes: held.slice(0, MAX_LISTED).map(({ job: { runId, sessionId } }) => {
      return { sessionId, runId, state: 'driven', queued: 0, next: [] };
    }),
  };
}
