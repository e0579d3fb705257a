import {
  AckPolicy,
  type Consumer,
  DiscardPolicy,
  jetstream,
  type JetStreamClient,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { DispatchJob } from '../../actors/index.ts';
import type { JobQueue, QueueEars, Taken } from '../job-queue.ts';

export interface NatsQueueOptions {
  /** Of the stream, and the first word of its subjects. */
  readonly name: string;
  readonly ackWaitMs: number;
  readonly replicas: number;
  readonly connect: () => Promise<Connected>;
}

export interface Connected {
  readonly connection: NatsConnection;
  /** Closes it if it was opened here. */
  readonly close: () => Promise<void>;
}

interface TakenFromNats extends Taken {
  readonly message: JsMsg;
}

interface Opened {
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient;
  readonly consumer: Consumer;
  readonly leaseMs: number;
}

const CONSUMER = 'workers';
/** How long the server is asked to wait for jobs, in milliseconds: as often an idle process asks. */
const LOOK_MS = 2_000;
/** How long a job waits that was put aside, in milliseconds: as often somebody looks whether it can be driven now. */
const ASIDE_MS = 10_000;
/**
 * One that is queued or driven, and one more: were there only one, a run whose worker died would wait until its
 * message is delivered again although the store knows better.
 */
const MESSAGES_PER_RUN = 2;
/** Why the server refuses one more. */
const ENOUGH_ARE_THERE = 10_077;
const SUBJECT_FULL = 'maximum messages per subject';

/**
 * Runs as messages of a work queue, one subject and at most two messages per run. A message that is not
 * acknowledged, or said to be worked on, in time is delivered to somebody else.
 */
export class NatsQueue implements JobQueue<TakenFromNats> {
  readonly #options: NatsQueueOptions;
  #close: () => Promise<void> = async () => {};
  #opened: Opened | undefined;

  constructor(options: NatsQueueOptions) {
    this.#options = options;
  }

  async open({ onAgain }: QueueEars): Promise<void> {
    const { name } = this.#options;
    const { connection, close } = await this.#options.connect();
    this.#close = close;
    const leaseMs = await this.#prepare(connection);
    const stream = jetstream(connection);
    const consumer = await stream.consumers.get(name, CONSUMER);
    connection.subscribe(`${name}.again.*`, {
      callback: (error, { subject }) => {
        if (error === null) onAgain(runIdOf(subject));
      },
    });
    this.#opened = { connection, stream, consumer, leaseMs };
  }

  async put(jobs: readonly DispatchJob[]): Promise<void> {
    await Promise.all(jobs.map((job) => this.#put(job)));
  }

  async take(most: number, each: (job: TakenFromNats) => void, signal: AbortSignal): Promise<void> {
    const { consumer, leaseMs } = this.#open;
    const messages = await consumer.fetch({ max_messages: most, expires: LOOK_MS, bind: true });
    const onAbort = (): void => void messages.close();
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      for await (const message of messages) {
        each({
          message,
          id: String(message.seq),
          job: message.json<DispatchJob>(),
          tries: message.info.deliveryCount - 1,
          sinceMs: performance.now(),
          leaseMs,
        });
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async keep(jobs: readonly TakenFromNats[]): Promise<readonly TakenFromNats[]> {
    for (const { message } of jobs) message.working();
    // The server has read all of it once it answers.
    await this.#open.connection.flush();
    return jobs;
  }

  async done({ message }: TakenFromNats): Promise<void> {
    await message.ackAck();
  }

  async back({ message }: TakenFromNats, afterMs: number): Promise<void> {
    message.nak(afterMs);
    await this.#open.connection.flush();
  }

  /**
   * What lay in the socket of a process that was frozen counts as fresh when it wakes, and a message that was
   * delivered again is ended by whoever acknowledges it: so none is ended but by who found its run over, or waiting.
   */
  async aside(taken: TakenFromNats): Promise<void> {
    await this.back(taken, ASIDE_MS);
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async #put({ runId, sessionId, priority }: DispatchJob): Promise<void> {
    const { stream, connection } = this.#open;
    const { name } = this.#options;
    const token = tokenOf(runId);
    try {
      await stream.publish(
        `${name}.run.${token}`,
        JSON.stringify({ runId, sessionId, priority } satisfies DispatchJob),
      );
    } catch (error) {
      if (!areEnoughThere(error)) throw error;
      // It is queued, or driven: whoever drives it hears that it has to look again.
      connection.publish(`${name}.again.${token}`);
    }
  }

  /** Creates what is not there. Answers how long a message stays with whom it was delivered to. */
  async #prepare(connection: NatsConnection): Promise<number> {
    const { name, ackWaitMs, replicas } = this.#options;
    const manager = await jetstreamManager(connection);
    await manager.streams.info(name).catch(() =>
      manager.streams.add({
        name,
        subjects: [`${name}.run.*`],
        retention: RetentionPolicy.Workqueue,
        storage: StorageType.File,
        num_replicas: replicas,
        max_msgs_per_subject: MESSAGES_PER_RUN,
        discard: DiscardPolicy.New,
        discard_new_per_subject: true,
      }),
    );
    const consumer = await manager.consumers.info(name, CONSUMER).catch(() =>
      manager.consumers.add(name, {
        durable_name: CONSUMER,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ackWaitMs),
        // As many as there are places for, in all processes together.
        max_ack_pending: -1,
        max_deliver: -1,
      }),
    );
    return (consumer.config.ack_wait ?? nanos(ackWaitMs)) / 1_000_000;
  }

  get #open(): Opened {
    if (this.#opened === undefined) throw new TypeError('The queue is not open.');
    return this.#opened;
  }
}

function areEnoughThere(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return error.code === ENOUGH_ARE_THERE || error.message.includes(SUBJECT_FULL);
}

/** A run id may have dots, stars and blanks, which mean something in a subject. */
function tokenOf(runId: string): string {
  return Buffer.from(runId).toString('base64url');
}

function runIdOf(subject: string): string {
  return Buffer.from(subject.slice(subject.lastIndexOf('.') + 1), 'base64url').toString();
}
