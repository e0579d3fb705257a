/**
 * Stores in NATS JetStream: for a fleet of processes, on one server or on a cluster that outlives the loss of any
 * of its servers. Same contracts, same outcomes as the other stores.
 * @module
 */
export { nats } from './nats.ts';
export type { NatsOptions } from './options.ts';
