import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RunchartError } from '../../errors.ts';
import type { Job, JobAnswer, ResultOf } from './jobs.ts';
import type { WriterFacts } from './open-writer.ts';
import type { WriterSettings } from './options.ts';
import type { FromThread, NumberedJob, ToThread } from './thread-messages.ts';
import { packJob, unpackAnswer } from './packing.ts';
import { failed } from './transactor.ts';
import { settle, toError } from './writer.ts';
import type { OnChange, Pending, Writer } from './writer.ts';

/** Starts the thread, from the .ts sources as well as from the built .js. */
export function startWriterThread(settings: WriterSettings): Worker {
  const file = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(file, { workerData: settings });
}

/**
 * Writes on a thread of its own. The event loop stays free during syncs and waits for locks.
 * A thread that dies rejects everything with STORE_FAILED; it is not started again.
 *
 * Plain messages both ways, on purpose. A run alone, one commit at a time, gets 0.44 of the rate of a
 * bare insert loop on the main thread (inline: 0.78); what is lost is two wake-ups, some 120
 * microseconds. A doorbell in shared memory (Atomics.wait) got 0.46; with it, spinning for 50
 * microseconds before sleep got 0.26 instead of 0.44 while other processes wanted the cores (medians of
 * 11 and of 6 interleaved rounds, 2 cores).
 */
export class WorkerWriter implements Writer {
  readonly #settings: WriterSettings;
  readonly #onChange: OnChange;
  readonly #start: (settings: WriterSettings) => Worker;
  readonly #pending = new Map<number, Pending>();
  #outbox: NumberedJob[] = [];
  #worker: Worker | undefined;
  #opening: PromiseWithResolvers<WriterFacts> | undefined;
  #exited: Promise<void> = Promise.resolve();
  #death: RunchartError | undefined;
  #lastId = 0;

  constructor(settings: WriterSettings, onChange: OnChange, start = startWriterThread) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#start = start;
  }

  async open(): Promise<WriterFacts> {
    const worker = this.#start(this.#settings);
    const { promise: exited, resolve: onExit } = Promise.withResolvers<void>();
    this.#worker = worker;
    this.#exited = exited;
    this.#opening = Promise.withResolvers<WriterFacts>();
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => this.#die(error));
    worker.on('exit', () => {
      this.#die(undefined);
      onExit();
    });
    const facts = await this.#opening.promise;
    // From here on only pending jobs keep the process alive.
    worker.unref();
    return facts;
  }

  /**
   * Jobs of one turn of the event loop travel as one message (nextTick comes after the microtasks): of
   * 50 jobs each costs 6 microseconds to pass on instead of 14.
   */
  run<J extends Job>(job: J): Promise<ResultOf<J>> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    return new Promise<ResultOf<J>>((resolve, reject) => {
      if (this.#pending.size === 0) this.#worker?.ref();
      if (this.#outbox.length === 0) process.nextTick(() => this.#sendJobs());
      const id = (this.#lastId += 1);
      this.#pending.set(id, { resolve, reject });
      this.#outbox.push({ id, job: packJob(job) });
    });
  }

  watch(sincePos: number | null): void {
    this.#send({ kind: 'watch', sincePos });
  }

  /** The thread answers all that was sent before, closes the file and ends. */
  async close(): Promise<void> {
    this.#worker?.ref();
    this.#sendJobs();
    this.#send({ kind: 'close' });
    await this.#exited;
  }

  #sendJobs(jobs = this.#outbox.splice(0)): void {
    const [first, ...others] = jobs;
    if (first === undefined) return;
    try {
      this.#send({ kind: 'jobs', jobs });
    } catch (error) {
      // Values that cannot be passed on are the fault of one job: the others go without it.
      if (others.length > 0) for (const job of jobs) this.#sendJobs([job]);
      else this.#answer(first.id, failed(new TypeError(String(error))));
    }
  }

  #send(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromThread): void {
    if (message.kind === 'opened') this.#opening?.resolve(message.facts);
    else if (message.kind === 'refused') this.#opening?.reject(toError(message.answer));
    else if (message.kind === 'changes') this.#onChange(message.runIds);
    else {
      for (const [id, answer] of message.answers) this.#answer(id, unpackAnswer(answer));
    }
  }

  #answer(id: number, answer: JobAnswer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined) settle(pending, answer);
    if (this.#pending.size === 0) this.#worker?.unref();
  }

  #die(cause: unknown): void {
    if (this.#death !== undefined) return;
    const death = new RunchartError(
      'STORE_FAILED',
      `The thread that writes to ${this.#settings.path} has ended; close the stores and open them again.`,
      cause === undefined ? {} : { cause },
    );
    this.#death = death;
    this.#opening?.reject(death);
    for (const pending of this.#pending.values()) pending.reject(death);
    this.#pending.clear();
  }
}
