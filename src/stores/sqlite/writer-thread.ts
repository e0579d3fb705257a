// The thread of WorkerWriter: it owns the connection that writes.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { retryBusySync } from './busy-retry.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Database } from './driver.ts';
import type { Job, JobAnswer } from './jobs.ts';
import { openNodeDatabase } from './node-driver.ts';
import { openWriter } from './open-writer.ts';
import type { WriterSettings } from './options.ts';
import { packAnswer, unpackJob } from './packing.ts';
import type { FromThread, ToThread } from './thread-messages.ts';
import { failed, takeJobs, Transactor } from './transactor.ts';

class WriterThread {
  readonly #port: MessagePort;
  readonly #settings: WriterSettings;
  readonly #db: Database;
  readonly #transactor: Transactor;
  readonly #jobs: { readonly id: number; readonly job: Job }[] = [];
  #polling: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, settings: WriterSettings) {
    this.#port = port;
    this.#settings = settings;
    const { db, facts } = retryBusySync(settings.busyLimitMs, () =>
      openWriter(openNodeDatabase, settings),
    );
    this.#db = db;
    this.#transactor = new Transactor(db, settings);
    post(port, { kind: 'opened', facts });
  }

  listen(): void {
    this.#port.on('message', (message: ToThread) => this.#receive(message));
  }

  /** Takes all that has come in during the last transaction, so that it goes into the next together. */
  #receive(first: ToThread): void {
    let message: ToThread | undefined = first;
    let isLast = false;
    while (message !== undefined) {
      if (message.kind === 'jobs') {
        for (const { id, job } of message.jobs) this.#jobs.push({ id, job: unpackJob(job) });
      } else if (message.kind === 'watch') this.#watch(message.sincePos);
      else isLast = true;
      message = receiveMessageOnPort(this.#port)?.message as ToThread | undefined;
    }
    while (this.#jobs.length > 0) this.#transact();
    if (isLast) this.#end();
  }

  #transact(): void {
    const numbered = takeJobs(this.#jobs);
    const jobs = numbered.map(({ job }) => job);
    let answers: JobAnswer[];
    try {
      answers = retryBusySync(this.#settings.busyLimitMs, () => this.#transactor.run(jobs));
    } catch (error) {
      answers = jobs.map(() => failed(error));
    }
    const byId = numbered.map(
      ({ id, job }, i) =>
        [id, packAnswer(job, answers[i] ?? failed(new Error('no answer')))] as const,
    );
    post(this.#port, { kind: 'answers', answers: byId });
  }

  #watch(sincePos: number | null): void {
    clearInterval(this.#polling);
    if (sincePos === null) return;
    const feed = new ChangeFeed(this.#db, sincePos);
    this.#polling = setInterval(() => this.#poll(feed), this.#settings.watchIntervalMs);
  }

  #poll(feed: ChangeFeed): void {
    let runIds: readonly string[] = [];
    try {
      runIds = feed.poll();
    } catch {
      // The feed has not moved on: the next poll reports what this one could not read.
    }
    if (runIds.length > 0) post(this.#port, { kind: 'changes', runIds });
  }

  #end(): void {
    clearInterval(this.#polling);
    this.#db.close();
    this.#port.close();
  }
}

function post(port: MessagePort, message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, not ports
  port.postMessage(message);
}

if (parentPort !== null) {
  const settings = workerData as WriterSettings;
  try {
    new WriterThread(parentPort, settings).listen();
  } catch (error) {
    post(parentPort, { kind: 'refused', answer: failed(error, `Opening ${settings.path}`) });
  }
}
