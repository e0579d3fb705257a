/**
 * Dispatch over a work queue of NATS JetStream. Needs the packages `@nats-io/transport-node` and
 * `@nats-io/jetstream`.
 * @module
 */
export { natsWorkQueue, type NatsWorkQueueOptions } from './nats-work-queue.ts';
