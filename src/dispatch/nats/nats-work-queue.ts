import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { Dispatch } from '../../actors/index.ts';
import { DEFAULT_CONCURRENCY } from '../../defaults.ts';
import { RunchartError } from '../../errors.ts';
import { checkAtLeast } from '../check-at-least.ts';
import { SharedDispatch } from '../shared-dispatch.ts';
import { type Connected, NatsQueue } from './nats-queue.ts';

/** Beside what is named here, whatever the client of NATS takes: users, tokens, TLS. */
export interface NatsWorkQueueOptions extends Omit<
  NodeConnectionOptions,
  'servers' | 'name' | 'reconnect' | 'maxReconnectAttempts'
> {
  /** One or several, as `nats://host:4222`. One of `servers` and `connection`. */
  readonly servers?: string | readonly string[];
  /** A connection of the caller's, which stays open. */
  readonly connection?: NatsConnection;
  /**
   * What the stream and its subjects begin with, as with the stores of the same name: letters, digits, `-` and `_`.
   * Processes that share runs MUST have the same, and SHOULD know the same definitions. Default `runchart`.
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
  const { name = 'runchart', concurrency = DEFAULT_CONCURRENCY, ...rest } = options;
  const { ackWaitMs = 5_000, replicas = 1, servers, connection, ...more } = rest;
  checkAtLeast(1, { ackWaitMs, replicas, concurrency });
  // It is a word of subjects.
  if (!/^[\w-]+$/.test(name)) {
    throw new RunchartError(
      'INPUT_INVALID',
      `name must be made of letters, digits, "-" and "_", got ${JSON.stringify(name)}.`,
    );
  }
  if (servers === undefined && connection === undefined) {
    throw new RunchartError('INPUT_INVALID', 'natsWorkQueue needs `servers` or a `connection`.');
  }
  const open = async (): Promise<Connected> => {
    if (connection !== undefined) return { connection, close: async () => {} };
    const urls = typeof servers === 'string' ? servers.split(',') : [...(servers ?? [])];
    const own = await connect({ ...more, servers: urls, name, maxReconnectAttempts: -1 });
    return { connection: own, close: () => own.close() };
  };
  const stream = `${name}-work`;
  const queue = new NatsQueue({ name: stream, ackWaitMs, replicas, connect: open });
  return new SharedDispatch(queue, concurrency);
}
