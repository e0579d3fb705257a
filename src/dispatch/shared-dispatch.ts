import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Dispatch,
  DispatchJob,
  DispatchPort,
  DispatchStats,
  Host,
  Hosted,
  Service,
} from '../actors/index.ts';
import { RunchartError } from '../errors.ts';
import { tellFault, warnOf } from '../tell-fault.ts';
import { Batches } from './batches.ts';
import { Held, statsOf } from './held.ts';
import type { JobQueue, Taken } from './job-queue.ts';

/** How long a run waits that could not be driven, by how often that happened, in milliseconds. */
const PAUSES_MS = [500, 1_000, 2_000];
/** How long a queue that fails is left alone, in milliseconds; each time twice as long. */
const FIRST_FAULT_MS = 100;
const MAX_FAULT_MS = 5_000;

/**
 * Dispatch over a queue that processes share: takes no more than there are free places, keeps what it
 * drives, and touches nothing of a job of which it is not certain that it still has it.
 */
export class SharedDispatch<Job extends Taken> implements Dispatch {
  readonly shared = true;
  readonly #queue: JobQueue<Job>;
  readonly #concurrency: number;
  readonly #batches: Batches<DispatchJob>;
  readonly #held = new Map<string, Held<Job>>();
  /** Runs that only this process may drive, waiting for a place. */
  readonly #own = new Map<string, DispatchJob>();
  readonly #stopped = new AbortController();
  /** Aborted when nothing more is taken from the queue. */
  readonly #leaving = new AbortController();
  #lent = 0;
  #onError: (error: unknown) => void = warnOf;
  #host: Host | undefined;
  #loop: Promise<void> | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #changed = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(queue: JobQueue<Job>, concurrency: number) {
    this.#queue = queue;
    this.#concurrency = concurrency;
    this.#batches = new Batches(
      (jobs) => queue.put(jobs),
      (error) => this.#fault(error),
    );
  }

  async open({ onError }: DispatchPort): Promise<void> {
    this.#onError = onError;
    try {
      await this.#queue.open({
        onError: (error) => this.#fault(error),
        onAgain: (runId) => void this.#again(runId),
      });
    } catch (cause) {
      await this.#queue.close().catch(() => {});
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RunchartError('STORE_FAILED', `The queue of runs cannot be opened: ${why}`, {
        cause,
      });
    }
  }

  submit(job: DispatchJob): void {
    if (this.#isClosed || this.#again(job.runId)) return;
    if (job.here === true) {
      this.#own.set(job.runId, job);
      this.#tell();
    } else this.#batches.add(job.runId, job);
  }

  serve(host: Host): Service {
    this.#host = host;
    this.#loop = this.#take();
    return {
      drained: () => this.#drained(),
      stop: (reason) => this.#stop(reason),
      inspect: () => this.#inspect(),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#batches.idle();
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    await this.#queue.close().catch((error) => tellFault(error, this.#onError));
  }

  /** True if the run is driven here: then it is looked at once more. */
  #again(runId: string): boolean {
    const held = this.#held.get(runId);
    if (held !== undefined) held.again = true;
    return held !== undefined;
  }

  async #take(): Promise<void> {
    const { signal } = this.#stopped;
    for (let faults = 0; !signal.aborted;) {
      this.#takeOwn();
      const free = this.#free();
      if (free <= 0 || this.#leaving.signal.aborted) {
        await this.#changed.promise;
        continue;
      }
      try {
        await this.#queue.take(free, (job) => this.#hold(job), this.#leaving.signal);
        faults = 0;
      } catch (error) {
        // The first of a series is told: the others say the same.
        if (faults === 0 && !signal.aborted) this.#fault(error);
        const pauseMs = Math.min(FIRST_FAULT_MS * 2 ** faults, MAX_FAULT_MS);
        faults += 1;
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  #free(): number {
    return this.#concurrency + this.#lent - this.#held.size;
  }

  #takeOwn(): void {
    for (const [runId, job] of this.#own) {
      if (this.#free() <= 0) return;
      this.#own.delete(runId);
      this.#begin(new Held<Job>(job, undefined));
    }
  }

  /** Takes charge of a job. */
  #hold(taken: Job): void {
    const held = this.#held.get(taken.job.runId);
    this.#renew(taken.leaseMs);
    if (held === undefined) return this.#begin(new Held(taken.job, taken));
    // It is driven here: of two jobs for one run the younger is kept, and the run is looked at again.
    const older = held.isOurs() ? held.taken : undefined;
    held.again = true;
    held.replace(taken);
    // Somebody who woke up late may have given back what is ours: then both are the same job.
    if (older !== undefined && older.id !== taken.id)
      this.#queue.done(older).catch((error) => this.#fault(error));
  }

  #begin(held: Held<Job>): void {
    const { runId } = held.job;
    this.#held.set(runId, held);
    held.driven = this.#drive(held).finally(() => {
      this.#held.delete(runId);
      this.#tell();
    });
  }

  async #drive(held: Held<Job>): Promise<void> {
    const { signal } = this.#stopped;
    const { runId } = held.job;
    const slot = { lend: () => this.#lend() };
    let hosted: Hosted = 'released';
    do {
      held.again = false;
      if (this.#host !== undefined && !signal.aborted) {
        hosted = await this.#host(runId, signal, slot);
      }
    } while (held.again && hosted !== 'terminal' && !signal.aborted);
    const { taken } = held;
    // What may be somebody else's by now is left as it is.
    if (taken === undefined || !held.isOurs() || this.#isClosed) return;
    try {
      await this.#end(taken, hosted);
    } catch (error) {
      this.#fault(error);
    }
  }

  async #end(taken: Job, hosted: Hosted): Promise<void> {
    const pauseMs = PAUSES_MS[Math.min(taken.tries, PAUSES_MS.length - 1)] ?? 0;
    if (hosted === 'terminal' || hosted === 'waiting') return this.#queue.done(taken);
    if (hosted === 'released') {
      const isFirst = taken.tries === 0 || this.#stopped.signal.aborted;
      return this.#queue.back(taken, isFirst ? 0 : pauseMs);
    }
    // Somebody alive has it, or its code is not here. A few more looks, then it is left to those who
    // look for runs that nobody drives.
    if (taken.tries >= PAUSES_MS.length) return this.#queue.aside(taken);
    return this.#queue.back(taken, pauseMs);
  }

  /** Keeps what is held from being given to others, as long as something is. */
  #renew(leaseMs: number): void {
    this.#renewal ??= setTimeout(async () => {
      const held = [...this.#held.values()].filter((one) => one.isOurs());
      const sentMs = performance.now();
      try {
        const jobs = held.flatMap(({ taken }) => taken ?? []);
        const kept = new Set(jobs.length === 0 ? [] : await this.#queue.keep(jobs));
        for (const one of held) if (one.taken && kept.has(one.taken)) one.kept(sentMs);
      } catch (error) {
        this.#fault(error);
      }
      this.#renewal = undefined;
      if (this.#held.size > 0 && !this.#isClosed) this.#renew(leaseMs);
    }, leaseMs / 3).unref();
  }

  #lend(): () => void {
    this.#lent += 1;
    this.#tell();
    let isLent = true;
    return () => {
      if (isLent) this.#lent -= 1;
      isLent = false;
    };
  }

  /** What is queued is left to others; what this process alone may drive is driven yet. */
  async #drained(): Promise<void> {
    this.#leaving.abort();
    await this.#batches.idle();
    while (this.#held.size + this.#own.size > 0) await this.#changed.promise;
  }

  async #stop(reason: unknown): Promise<void> {
    this.#leaving.abort(reason);
    this.#stopped.abort(reason);
    this.#own.clear();
    this.#tell();
    await this.#loop;
    await Promise.all([...this.#held.values()].map(({ driven }) => driven));
    await this.#batches.idle();
  }

  #inspect(): DispatchStats {
    return statsOf([...this.#held.values()], {
      concurrency: this.#concurrency + this.#lent,
      queued: this.#own.size + this.#batches.size,
    });
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #fault(error: unknown): void {
    if (!this.#isClosed) tellFault(error, this.#onError);
  }
}
