import { setImmediate as nextTurn } from 'node:timers/promises';
import { retryBusy } from './busy-retry.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Database, OpenDatabase } from './driver.ts';
import type { Job, JobAnswer, ResultOf } from './jobs.ts';
import { openWriter } from './open-writer.ts';
import type { WriterFacts } from './open-writer.ts';
import type { WriterSettings } from './options.ts';
import { storeError } from './store-error.ts';
import { failed, takeJobs, Transactor } from './transactor.ts';
import { settle } from './writer.ts';
import type { OnChange, Pending, Writer } from './writer.ts';

interface Entry extends Pending {
  readonly job: Job;
}

/** Writes on the thread of its caller, one transaction per turn of the event loop. */
export class InlineWriter implements Writer {
  readonly #settings: WriterSettings;
  readonly #driver: OpenDatabase;
  readonly #onChange: OnChange;
  #queue: Entry[] = [];
  #flushing: Promise<void> | undefined;
  /** Resolves when the turn of the last transaction is over. */
  #turn: Promise<void> = Promise.resolve();
  #db: Database | undefined;
  #transactor: Transactor | undefined;
  #polling: NodeJS.Timeout | undefined;

  constructor(settings: WriterSettings, driver: OpenDatabase, onChange: OnChange) {
    this.#settings = settings;
    this.#driver = driver;
    this.#onChange = onChange;
  }

  async open(): Promise<WriterFacts> {
    try {
      return await retryBusy(this.#settings.busyLimitMs, () => {
        const { db, facts } = openWriter(this.#driver, this.#settings);
        this.#db = db;
        this.#transactor = new Transactor(db, this.#settings);
        return facts;
      });
    } catch (error) {
      throw storeError(error, `Opening ${this.#settings.path}`);
    }
  }

  run<J extends Job>(job: J): Promise<ResultOf<J>> {
    return new Promise<ResultOf<J>>((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  watch(sincePos: number | null): void {
    clearInterval(this.#polling);
    if (sincePos === null || this.#db === undefined) return;
    const feed = new ChangeFeed(this.#db, sincePos);
    this.#polling = setInterval(() => this.#poll(feed), this.#settings.watchIntervalMs).unref();
  }

  async close(): Promise<void> {
    this.watch(null);
    await this.#flushing;
    this.#db?.close();
    this.#db = undefined;
    this.#transactor = undefined;
  }

  /**
   * One transaction per turn of the event loop: chained by microtasks they would starve timers, and
   * behind a timer of 1 ms a run alone would get 780 commits/s. The first of a turn begins at once.
   */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#turn;
      this.#turn = nextTurn();
      const entries = takeJobs(this.#queue);
      const answers = await this.#transact(entries.map(({ job }) => job));
      entries.forEach((entry, i) => settle(entry, answers[i] ?? failed(new Error('no answer'))));
    }
    this.#flushing = undefined;
  }

  async #transact(jobs: readonly Job[]): Promise<JobAnswer[]> {
    const transactor = this.#transactor;
    if (transactor === undefined) return jobs.map(() => failed(new Error('the file is closed')));
    try {
      return await retryBusy(this.#settings.busyLimitMs, () => transactor.run(jobs));
    } catch (error) {
      return jobs.map(() => failed(error));
    }
  }

  #poll(feed: ChangeFeed): void {
    let runIds: readonly string[] = [];
    try {
      runIds = feed.poll();
    } catch {
      // The feed has not moved on: the next poll reports what this one could not read.
    }
    if (runIds.length > 0) this.#onChange(runIds);
  }
}
