import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RunchartError } from '../../src/errors.ts';
import { filesystemBlobs } from '../../src/stores/filesystem/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { openBlobs } from '../../src/stores/open-blobs.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Database, OpenDatabase, SqliteOptions } from '../../src/stores/sqlite/index.ts';
import type { ConformanceFixture } from '../../src/testing/index.ts';

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

/** New stores of a backend, open for the time of the test. */
export async function openBackend({ createStores }: ConformanceFixture): Promise<Stores> {
  return openFor(await createStores(await temporaryDirectory()));
}

function sqliteFixture(options: SqliteOptions): ConformanceFixture {
  return { createStores: (place) => sqlite(join(place, 'runs.db'), options) };
}

/** Every backend that the contract cases run over. */
export const backends = {
  memory: { createStores: () => memory() },
  worker: sqliteFixture({}),
  inline: sqliteFixture({ writer: 'inline' }),
  normal: sqliteFixture({ writer: 'inline', durability: 'normal' }),
  betterSqlite3: sqliteFixture({ driver: betterSqlite3 }),
  files: { createStores: (place) => withFiles(memory(), join(place, 'blobs')) },
} satisfies Readonly<Record<string, ConformanceFixture>>;

/** The stores, with contents as files in the folder. */
function withFiles(stores: Stores, folder: string): Stores {
  let opened = 0;
  const assertOpen = (): void => {
    if (opened === 0) throw new RunchartError('STORE_CLOSED', 'The stores are closed.');
  };
  return {
    ...stores,
    blobs: openBlobs(filesystemBlobs(folder), assertOpen),
    open: async () => {
      opened += 1;
      await stores.open();
    },
    close: async () => {
      opened = Math.max(0, opened - 1);
      await stores.close();
    },
  };
}
