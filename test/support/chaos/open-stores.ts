import type { Stores } from '../../../src/index.ts';
import { postgres } from '../../../src/stores/postgres/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';

export interface StoreSettings {
  /** How long an owner that is frozen or cut off is taken for alive, in milliseconds, where the store has a lease. */
  readonly leaseMs: number;
}

/** The stores at an address: `sqlite:PATH`, `postgres://...`, `nats://...`. Not opened yet. */
export async function openStores(address: string, { leaseMs }: StoreSettings): Promise<Stores> {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(address) ?? [];
  if (scheme === 'sqlite') return sqlite(rest);
  if (scheme === 'postgres') return postgres({ url: address, leaseMs });
  throw new Error(`There is no store for ${address}`);
}
