import { readdirSync, readFileSync } from 'node:fs';
import { Client, Pool } from 'pg';
import { nats } from '../src/stores/nats/index.ts';
import { postgres } from '../src/stores/postgres/index.ts';
import type { Stores } from '../src/stores/index.ts';
import { findNatsServer, NO_NATS } from '../test/support/nats/find-nats-server.ts';
import { startNatsServer } from '../test/support/nats/nats-server.ts';
import { findPostgres, NO_POSTGRES, startPostgres } from '../test/support/postgres/server.ts';

export type EngineName = 'postgres' | 'nats';

/** Where stores are, as a process of its own can be told. */
export interface Place {
  readonly engine: EngineName;
  readonly url: string;
  /** A schema, or the name of a stream. */
  readonly name: string;
}

/** A server of its own, with everything in folders that go with it. */
export interface Engine extends AsyncDisposable {
  readonly engine: EngineName;
  readonly url: string;
  /** CPU that the server took so far, all of its processes, in microseconds. */
  cpuUs(): number;
  /** Messages that came to it and left it, and connections; of NATS alone. */
  traffic(): Promise<{ readonly messages: number; readonly connections: number }>;
}

/** undefined: what it needs is not on this machine, and a line said so. */
export async function startEngine(engine: EngineName): Promise<Engine | undefined> {
  if (engine === 'postgres') {
    if (findPostgres() === undefined) return absent(NO_POSTGRES);
    const server = await startPostgres({ settings: ['shared_buffers=512MB', 'max_wal_size=4GB'] });
    return {
      engine,
      url: server.url,
      cpuUs: () => familyUs(server.pid),
      traffic: async () => ({ messages: 0, connections: await connectionsOf(server.url) }),
      [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
    };
  }
  if (findNatsServer() === undefined) return absent(NO_NATS);
  const server = await startNatsServer();
  return {
    engine,
    url: server.url,
    cpuUs: () => familyUs(server.pid() ?? 0),
    traffic: async () => {
      const answer = await fetch(`${server.monitor}/varz`);
      const varz = (await answer.json()) as Record<'in_msgs' | 'out_msgs' | 'connections', number>;
      return { messages: varz.in_msgs + varz.out_msgs, connections: varz.connections };
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function absent(why: string): undefined {
  console.log(why);
  return undefined;
}

export function storesOf({ engine, url, name }: Place, onQuery?: (query: unknown) => void): Stores {
  if (engine === 'nats') return nats({ servers: url, name, syncAlways: true });
  if (onQuery === undefined) return postgres({ url, schema: name });
  const pool = countedPool(url, onQuery);
  const stores = postgres({ pool, schema: name });
  const close = stores.close.bind(stores);
  return Object.assign(stores, { close: () => close().then(() => pool.end()) });
}

/** What is left of stores that nobody has open any more is deleted. */
export async function drop({ engine, url, name }: Place): Promise<void> {
  if (engine === 'nats') return;
  await ask(url, `DROP SCHEMA IF EXISTS "${name}" CASCADE`);
}

export async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** A pool that tells of each round trip. */
function countedPool(url: string, onQuery: (query: unknown) => void): Pool {
  const pool = new Pool({ connectionString: url, max: 7 });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
    const counted = (...args: readonly unknown[]): unknown => {
      onQuery(args[0]);
      return query(...args);
    };
    Object.assign(client, { query: counted });
  });
  return pool;
}

async function connectionsOf(url: string): Promise<number> {
  const [row] = await ask(
    url,
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  return Number(row?.['n']) - 1;
}

/** What Linux counts a process and its children by: a hundredth of a second. */
const TICK_US = 10_000;

function familyUs(pid: number): number {
  let ticks = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = statOf(Number(entry));
    if (stat === undefined) continue;
    const [, parent = 0] = stat;
    // user, system, and those of the children that have ended.
    if (Number(entry) === pid) ticks += sum(stat.slice(11, 15));
    else if (parent === pid) ticks += sum(stat.slice(11, 13));
  }
  return ticks * TICK_US;
}

function statOf(pid: number): readonly number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
