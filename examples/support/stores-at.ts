import { memory } from 'runchart/memory';
import type { Stores } from 'runchart/stores';

/**
 * The stores of an address: `memory`, a path or `sqlite:PATH`, `postgres://...`, or `nats://...`, several of them with
 * commas between. What a backend needs is loaded only where it is asked for.
 */
export async function storesAt(address: string): Promise<Stores> {
  const [, scheme = 'sqlite'] = /^([a-z]{2,}):/.exec(address) ?? [];
  if (address === 'memory') return memory();
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { postgres } = await import('runchart/postgres');
    return postgres(address);
  }
  if (scheme === 'nats' || scheme === 'tls') {
    const { nats } = await import('runchart/nats');
    return nats({ servers: address.split(','), syncAlways: true });
  }
  if (scheme !== 'sqlite') throw new Error(`There is no store for ${scheme}: here.`);
  const { sqlite } = await import('runchart/sqlite');
  return sqlite(address.replace(/^sqlite:/, ''));
}
