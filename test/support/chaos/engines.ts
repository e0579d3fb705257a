import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, NO_NATS } from '../nats/find-nats-server.ts';
import { startNatsServer } from '../nats/nats-server.ts';
import { findPostgres, NO_POSTGRES } from '../postgres/server.ts';
import { startPostgres } from './postgres-server.ts';

/** A place to keep runs in, that was made for one purpose and goes with it. */
export interface Engine extends AsyncDisposable {
  /** What `openStores` takes. */
  readonly address: string;
}

/** An engine of its own of that name. undefined: what it needs is not on this machine, and a line said so. */
export async function startEngine(name: string): Promise<Engine | undefined> {
  if (name === 'sqlite') return sqliteEngine();
  if (name === 'postgres') return postgresEngine();
  if (name === 'nats') return natsEngine();
  throw new TypeError(`Expected sqlite, postgres or nats as the store, got ${name}`);
}

function sqliteEngine(): Engine {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-chaos-store-'));
  return {
    address: `sqlite:${join(folder, 'runs.db')}`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgresEngine(): Promise<Engine | undefined> {
  const programs = findPostgres();
  if (programs === undefined) {
    console.log(NO_POSTGRES);
    return undefined;
  }
  const server = await startPostgres(programs);
  return {
    address: server.url,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function natsEngine(): Promise<Engine | undefined> {
  if (findNatsServer() === undefined) {
    console.log(NO_NATS);
    return undefined;
  }
  const server = await startNatsServer();
  return { address: server.url, [Symbol.asyncDispose]: () => server.close() };
}
