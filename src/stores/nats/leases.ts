import { jetstream, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { type NatsConnection, nuid } from '@nats-io/transport-node';
import { RunchartError } from '../../errors.ts';
import type { OwnerLease } from '../event-store.ts';
import type { NatsSettings } from './options.ts';
import { untilReady } from './streams.ts';
import { tokenOf } from './subjects.ts';

/** How many times a lease is renewed while it lasts. */
const RENEWALS = 3;
const IN_USE = 10058;
const WRONG_LAST_SEQUENCE = 10071;

interface Held {
  readonly key: string;
  /** Who holds it, should the answer to a write be lost. */
  readonly token: string;
  revision: number;
}

/**
 * Who is alive: a key per owner that the server forgets unless it is renewed. One that was lost, as by a process
 * that was frozen, is taken again; the runs that others took meanwhile are theirs by their epoch.
 */
export class Leases {
  readonly #bucket: KV;
  readonly #held = new Map<string, Held>();
  readonly #timer: NodeJS.Timeout;
  /** For how long owners count as alive that are not heard of, in milliseconds. */
  readonly leaseMs: number;
  #renewing: Promise<void> = Promise.resolve();

  static async open(nc: NatsConnection, settings: NatsSettings): Promise<Leases> {
    const { name, leaseMs, replicas, busyLimitMs } = settings;
    const manager = new Kvm(jetstream(nc));
    const bucket = `${name}-owners`;
    const options = { ttl: leaseMs, replicas, history: 1, allow_direct: false };
    const kv = await untilReady(busyLimitMs, async () => {
      try {
        return await manager.create(bucket, options);
      } catch (error) {
        if (!(error instanceof JetStreamApiError) || error.code !== IN_USE) throw error;
        return manager.open(bucket);
      }
    });
    const { ttl } = await untilReady(busyLimitMs, () => kv.status());
    return new Leases(kv, ttl > 0 ? ttl : leaseMs);
  }

  private constructor(bucket: KV, leaseMs: number) {
    this.#bucket = bucket;
    this.leaseMs = leaseMs;
    this.#timer = setInterval(() => {
      this.#renewing = this.#renewing.then(() => this.#renewAll());
    }, leaseMs / RENEWALS).unref();
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    const key = keyOf(ownerId);
    const held = { key, token: nuid.next(), revision: 0 };
    if (this.#held.has(key) || !(await this.#take(held))) {
      throw new RunchartError('STORE_BUSY', `Owner ${ownerId} is alive already; use another id.`);
    }
    this.#held.set(key, held);
    return { ownerId, release: () => this.#release(held) };
  }

  async isAlive(ownerId: string): Promise<boolean> {
    const entry = await this.#bucket.get(keyOf(ownerId));
    return entry?.operation === 'PUT';
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    await Promise.allSettled([...this.#held.values()].map((held) => this.#release(held)));
  }

  async #release(held: Held): Promise<void> {
    if (this.#held.get(held.key) !== held) return;
    this.#held.delete(held.key);
    await this.#renewing;
    await this.#bucket.delete(held.key);
  }

  /** Answers false when somebody else has it. */
  async #take(held: Held): Promise<boolean> {
    try {
      held.revision = await this.#bucket.create(held.key, held.token);
      return true;
    } catch (error) {
      const entry = await this.#bucket.get(held.key);
      if (entry?.operation === 'PUT' && entry.string() === held.token) {
        held.revision = entry.revision;
        return true;
      }
      if (isTaken(error)) return false;
      throw error;
    }
  }

  async #renewAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => this.#renew(held)));
  }

  async #renew(held: Held): Promise<void> {
    try {
      held.revision = await this.#bucket.update(held.key, held.token, held.revision);
    } catch (error) {
      // Without an answer it is tried again at the next turn.
      if (isTaken(error)) await this.#take(held).catch(() => false);
    }
  }
}

/** Buckets take fewer characters than subjects do. */
function keyOf(ownerId: string): string {
  return tokenOf(ownerId).replace('~', '=');
}

function isTaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;
}
