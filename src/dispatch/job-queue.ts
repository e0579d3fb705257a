import type { DispatchJob } from '../actors/index.ts';

/** A job that was taken from a queue, and is this process's as long as it is kept. */
export interface Taken {
  /** Of the job, not of the run: a job that was taken twice has the same one. */
  readonly id: string;
  readonly job: DispatchJob;
  /** How often it went back before, by a host that could not drive it. */
  readonly tries: number;
  /** When it was asked for at the latest, by the monotonic clock (`performance.now`). */
  readonly sinceMs: number;
  /** How long it stays ours after it was taken or kept, in milliseconds: then somebody else gets it. */
  readonly leaseMs: number;
}

/** What a queue tells of by itself. */
export interface QueueEars {
  readonly onError: (error: unknown) => void;
  /** A run was submitted, by whomever, that is queued or driven already. */
  readonly onAgain: (runId: string) => void;
}

/**
 * A queue that processes share. Every call may reject, and none repeats itself: who drives a job that was
 * lost, or done twice, is settled by the store.
 */
export interface JobQueue<Job extends Taken = Taken> {
  open(ears: QueueEars): Promise<void>;
  /** Queues jobs durably. One that is queued already is left as it is. */
  put(jobs: readonly DispatchJob[]): Promise<void>;
  /**
   * Hands over at most `most` jobs, one by one; waits a while if there are none, but not longer than until
   * `signal` is aborted.
   */
  take(most: number, each: (job: Job) => void, signal: AbortSignal): Promise<void>;
  /** Renews the leases of jobs. Answers those that are certainly ours still. */
  keep(jobs: readonly Job[]): Promise<readonly Job[]>;
  /** Ends a job that is ours. */
  done(job: Job): Promise<void>;
  /** Gives a job that is ours to whoever takes it, after a while. */
  back(job: Job, afterMs: number): Promise<void>;
  /**
   * Puts a job aside whose run this process cannot drive, after some tries. A queue that cannot be certain that
   * the job is not somebody else's by now MUST NOT end it.
   */
  aside(job: Job): Promise<void>;
  close(): Promise<void>;
}
