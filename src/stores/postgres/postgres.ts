import type { BlobStore } from '../blob-store.ts';
import { SharedConnection } from '../shared-connection.ts';
import type { StoreReport, Stores } from '../stores.ts';
import { Connection } from './connection.ts';
import type { CurrentConnection } from './connection.ts';
import { bytesOf, diagnose } from './diagnose.ts';
import { resolveOptions } from './options.ts';
import type { PostgresOptions, PostgresSettings } from './options.ts';
import { PostgresBlobs } from './postgres-blobs.ts';
import { PostgresCheckpointer } from './postgres-checkpointer.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { PostgresOutputStore } from './postgres-output-store.ts';
import { TABLES } from './schema.ts';
import { plain, quoted } from './statement.ts';

/** Giving space back goes through all that is there; milliseconds. */
const COMPACT_TIMEOUT_MS = 60 * 60_000;

/**
 * Stores in one schema of a Postgres database, of release 15 or later, which any number of processes on any
 * number of machines may open at once. The connections MUST lead to the server itself, not to what shares
 * one connection among several clients: owners live by theirs.
 */
export function postgres(options: string | PostgresOptions): Stores {
  return new PostgresStores(resolveOptions(options));
}

class PostgresStores implements Stores {
  readonly events: PostgresEventStore;
  readonly outputs: PostgresOutputStore;
  readonly checkpoints: PostgresCheckpointer;
  readonly blobs: BlobStore;
  readonly location: string;
  readonly #settings: PostgresSettings;
  readonly #shared: SharedConnection<Connection>;

  constructor(settings: PostgresSettings) {
    this.#settings = settings;
    this.location = locationOf(settings);
    this.#shared = new SharedConnection({
      location: this.location,
      connect: () => Connection.open(settings),
      disconnect: (connection) => connection.close(),
    });
    const current: CurrentConnection = () => this.#shared.current();
    this.events = new PostgresEventStore(current);
    this.outputs = new PostgresOutputStore(current);
    this.checkpoints = new PostgresCheckpointer(current);
    this.blobs = new PostgresBlobs(current);
  }

  open(): Promise<void> {
    return this.#shared.open();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  async forget(runIds: readonly string[]): Promise<readonly string[]> {
    return this.#shared.current().writing(runIds, ({ retention }) => retention.forget(runIds));
  }

  /** A plain VACUUM, which nobody waits for. What it frees at the end of a table goes back to the system. */
  async compact(): Promise<void> {
    const tables = TABLES.map((table) => `${quoted(this.#settings.schema)}.${table}`).join(', ');
    await this.#shared.current().calling(async ({ database, feed }) => {
      await feed.sweep();
      const vacuum = plain(`VACUUM (ANALYZE, SKIP_LOCKED) ${tables}`);
      await database.rows(vacuum, { timeoutMs: COMPACT_TIMEOUT_MS });
    });
  }

  async diagnose(): Promise<StoreReport> {
    return this.#shared.current().calling((connection) => diagnose(connection, this.#settings));
  }

  async bytes(): Promise<number> {
    return this.#shared
      .current()
      .calling((connection) => bytesOf(connection, this.#settings.schema));
  }
}

/** For people, and so without a password. */
function locationOf({ from, schema }: PostgresSettings): string {
  if (!('url' in from) || !URL.canParse(from.url)) return `postgres:${schema}`;
  const { host, pathname } = new URL(from.url);
  return `postgres://${host}${pathname}#${schema}`;
}
