import type { Job, PgBoss } from 'pg-boss';
import type { DispatchJob } from '../../actors/index.ts';
import type { JobQueue, QueueEars, Taken } from '../job-queue.ts';
import { Together } from '../together.ts';
import { News } from './news.ts';

/** What is needed of an instance of pg-boss. */
export type Boss = Pick<
  PgBoss,
  'complete' | 'createQueue' | 'fetch' | 'getDb' | 'insert' | 'touch' | 'updateQueue'
>;

export interface BossQueueOptions {
  readonly name: string;
  readonly heartbeatSeconds: number;
  /** Milliseconds between two looks at a queue that was empty. */
  readonly pollMs: number;
  /** Told of new jobs by the server, on a connection of its own. */
  readonly listens: boolean;
  /** Opens pg-boss, and closes it if it was opened here. */
  readonly connect: (
    onError: (error: unknown) => void,
  ) => Promise<{ readonly boss: Boss; readonly close: () => Promise<void> }>;
}

/** What a job carries. */
interface Payload {
  readonly runId: string;
  readonly sessionId: string;
  readonly priority: number;
  readonly tries?: number;
}

/** The longest that pg-boss lets a job be active, in seconds; then it is given to somebody else. */
const EXPIRE_SECONDS = 24 * 60 * 60 - 1;
/** Jobs that are taken at once: so that of a burst the first to look does not take all. */
const BATCH = 8;
/** How long jobs that are done stay, for people who look, in seconds. */
const DELETE_AFTER_SECONDS = 60;

/**
 * Runs as jobs of pg-boss, at most one queued job per run (policy `short`). A job that is active does not
 * keep another from being queued: were it so, a run whose worker died would wait for the heartbeat to run out
 * although the store knows better.
 */
export class BossQueue implements JobQueue {
  readonly #options: BossQueueOptions;
  readonly #completing = new Together<string>((ids) =>
    this.#opened.complete(this.#options.name, ids),
  );
  #boss: Boss | undefined;
  #close: () => Promise<void> = async () => {};
  #news: News | undefined;

  constructor(options: BossQueueOptions) {
    this.#options = options;
  }

  async open({ onError }: QueueEars): Promise<void> {
    const { name, heartbeatSeconds, listens } = this.#options;
    const { boss, close } = await this.#options.connect(onError);
    this.#boss = boss;
    this.#close = close;
    const options = {
      retryLimit: 2 ** 31 - 1,
      retryDelay: 0,
      expireInSeconds: EXPIRE_SECONDS,
      deleteAfterSeconds: DELETE_AFTER_SECONDS,
      heartbeatSeconds,
    };
    await boss.createQueue(name, { policy: 'short', ...options });
    await boss.updateQueue(name, options);
    this.#news = await News.open(boss.getDb(), name, listens);
  }

  async put(jobs: readonly DispatchJob[]): Promise<void> {
    await this.#insert(jobs, 0, 0);
  }

  async take(most: number, each: (job: Taken) => void, signal: AbortSignal): Promise<void> {
    const { name, pollMs } = this.#options;
    const sinceMs = performance.now();
    const news = this.#heard.next();
    const jobs = await this.#opened.fetch<Payload>(name, {
      batchSize: Math.min(most, BATCH),
    });
    for (const job of jobs) each(this.#taken(job, sinceMs));
    if (jobs.length === 0) await news.within(pollMs, signal);
  }

  async keep(jobs: readonly Taken[]): Promise<readonly Taken[]> {
    const ids = jobs.map(({ id }) => id);
    if ((await this.#touch(ids)) === ids.length) return jobs;
    // Some are not active any more; which ones is not told.
    const kept = await Promise.all(jobs.map(async ({ id }) => (await this.#touch([id])) === 1));
    return jobs.filter((_, index) => kept[index]);
  }

  async done({ id }: Taken): Promise<void> {
    await this.#completing.add(id);
  }

  async back(taken: Taken, afterMs: number): Promise<void> {
    // The new one first: between the two there are rather two jobs than none.
    await this.#insert([taken.job], afterMs, taken.tries + 1);
    await this.done(taken);
  }

  /** Its heartbeat tells that it is ours. Left queued it would keep another job of its run from being queued. */
  aside(taken: Taken): Promise<void> {
    return this.done(taken);
  }

  async close(): Promise<void> {
    await this.#news?.close();
    await this.#close();
  }

  async #touch(ids: string[]): Promise<number> {
    // Its type does not tell of the count that it answers with.
    const answer = await this.#opened.touch(this.#options.name, ids);
    return (answer as { readonly affected?: number }).affected ?? ids.length;
  }

  async #insert(jobs: readonly DispatchJob[], afterMs: number, tries: number): Promise<void> {
    const { name, heartbeatSeconds } = this.#options;
    const rows = jobs.map(({ runId, sessionId, priority }) => ({
      data: { runId, sessionId, priority, ...(tries > 0 && { tries }) },
      priority: Math.trunc(priority),
      singletonKey: runId,
      heartbeatSeconds,
      ...(afterMs > 0 && { startAfter: `${afterMs} milliseconds` }),
    }));
    await this.#opened.insert(name, rows);
    if (afterMs === 0) await this.#heard.tell();
  }

  #taken(job: Job<Payload>, sinceMs: number): Taken {
    const { runId, sessionId, priority, tries = 0 } = job.data;
    return {
      id: job.id,
      job: { runId, sessionId, priority },
      tries,
      sinceMs,
      // That of the job: whoever submitted it may have been configured otherwise.
      leaseMs: (job.heartbeatSeconds ?? this.#options.heartbeatSeconds) * 1_000,
    };
  }

  get #opened(): Boss {
    if (this.#boss === undefined) throw new TypeError('The queue is not open.');
    return this.#boss;
  }

  get #heard(): News {
    if (this.#news === undefined) throw new TypeError('The queue is not open.');
    return this.#news;
  }
}
