import type { Stores } from '../../../src/index.ts';
import { nats } from '../../../src/stores/nats/index.ts';
import { postgres } from '../../../src/stores/postgres/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';

export interface StoreSettings {
  /** How long an owner that is frozen or cut off is taken for alive, in milliseconds, where the store has a lease. */
  readonly leaseMs: number;
}

/**
 * The stores at an address: `sqlite:PATH`, `postgres://...`, `nats://HOST:PORT,nats://HOST:PORT`, the last one with
 * `?replicas=3` where everything is kept three times. Not opened yet.
 */
export function openStores(address: string, { leaseMs }: StoreSettings): Stores {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(address) ?? [];
  if (scheme === 'sqlite') return sqlite(rest);
  if (scheme === 'postgres') return postgres({ url: address, leaseMs });
  if (scheme !== 'nats') throw new TypeError(`Expected the address of stores, got ${address}`);
  const [servers = '', query = ''] = address.split('?');
  const replicas = query === 'replicas=3' ? 3 : 1;
  return nats({ servers: servers.split(','), replicas, leaseMs, syncAlways: true });
}
