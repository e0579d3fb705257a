import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Dispatch } from '../../actors/index.ts';
import { checkNumber } from '../../check-input.ts';
import { DEFAULT_CONCURRENCY } from '../../defaults.ts';
import { SharedDispatch } from '../shared-dispatch.ts';
import { NatsQueue } from './nats-queue.ts';

export interface NatsWorkQueueOptions {
  /** Where the servers are: `nats://host:4222`. One of `servers` and `connection`. */
  readonly servers?: string | readonly string[];
  /** A connection of the caller's, which stays open. */
  readonly connection?: NatsConnection;
  /**
   * The stream, and the first word of its subjects. Processes that share runs MUST have the same, and SHOULD
   * know the same definitions. Default `runchart-work`.
   */
  readonly name?: string;
  /** Runs driven at once in this process. Default 100. */
  readonly concurrency?: number;
  /**
   * Milliseconds without a sign of life after which a run is delivered to another process. Default 5,000. Those
   * of the process that created the queue count.
   */
  readonly ackWaitMs?: number;
  /** Servers of a cluster that have a copy of the queue. Default 1. */
  readonly replicas?: number;
}

/**
 * Dispatch over a work queue of NATS JetStream: processes that share a server, or a cluster, take runs from one
 * queue, each as many as it has places for.
 */
export function natsWorkQueue(options: NatsWorkQueueOptions): Dispatch {
  const { name = 'runchart-work', ackWaitMs = 5_000, replicas = 1 } = options;
  const { concurrency = DEFAULT_CONCURRENCY } = options;
  for (const [key, value] of Object.entries({ ackWaitMs, replicas, concurrency })) {
    checkNumber(key, value);
  }
  const open = (): ReturnType<typeof connectTo> => connectTo(options, name);
  const queue = new NatsQueue({ name, ackWaitMs, replicas, connect: open });
  return new SharedDispatch(queue, concurrency);
}

async function connectTo(
  { servers = 'nats://127.0.0.1:4222', connection: given }: NatsWorkQueueOptions,
  name: string,
): Promise<{ readonly connection: NatsConnection; readonly close: () => Promise<void> }> {
  if (given !== undefined) return { connection: given, close: async () => {} };
  const connection = await connect({
    servers: typeof servers === 'string' ? servers : [...servers],
    name,
    maxReconnectAttempts: -1,
  });
  return { connection, close: () => connection.close() };
}
