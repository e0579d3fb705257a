import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { memory } from '../../src/stores/memory/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Database, OpenDatabase, SqliteOptions } from '../../src/stores/sqlite/index.ts';
import type { StoreFixture } from '../support/store-cases/index.ts';

type BetterSqlite3 = new (path: string, options: { readonly: boolean }) => Database;

// better-sqlite3 comes without types: the seam of the backend is all that is needed of it.
const BetterSqlite = createRequire(import.meta.url)('better-sqlite3') as BetterSqlite3;

export const betterSqlite3: OpenDatabase = (path, { readOnly }) =>
  new BetterSqlite(path, { readonly: readOnly });

/** A new directory that goes when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'runchart-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The path of a database that does not exist yet. */
export async function temporaryFile(): Promise<string> {
  return join(await temporaryDirectory(), 'runs.db');
}

/** Opens stores for the time of the test. */
export async function openFor(stores: Stores): Promise<Stores> {
  await stores.open();
  onTestFinished(async () => {
    // Some cases open twice.
    await stores.close();
    await stores.close();
  });
  return stores;
}

function sqliteFixture(options: SqliteOptions): StoreFixture {
  return { create: async () => openFor(sqlite(await temporaryFile(), options)) };
}

/** Every backend that the contract cases run over, by name. */
export const backends: Readonly<Record<string, StoreFixture>> = {
  memory: { create: async () => openFor(memory()) },
  'sqlite, worker': sqliteFixture({}),
  'sqlite, inline': sqliteFixture({ writer: 'inline' }),
  'sqlite, normal': sqliteFixture({ writer: 'inline', durability: 'normal' }),
  'sqlite, better-sqlite3': sqliteFixture({ driver: betterSqlite3 }),
};
