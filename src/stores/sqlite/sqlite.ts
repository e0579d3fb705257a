import type { BlobStore } from '../blob-store.ts';
import { filesystemBlobs } from '../filesystem/index.ts';
import { openBlobs } from '../open-blobs.ts';
import { SharedConnection } from '../shared-connection.ts';
import type { StoreReport, Stores } from '../stores.ts';
import { compact } from './compact.ts';
import { connect, disconnect } from './connection.ts';
import type { Connection, CurrentConnection } from './connection.ts';
import { bytesOf, diagnose } from './diagnose.ts';
import { resolveOptions } from './options.ts';
import type { SqliteOptions, SqliteSettings } from './options.ts';
import { SqliteCheckpointer } from './sqlite-checkpointer.ts';
import { SqliteEventStore } from './sqlite-event-store.ts';
import { SqliteOutputStore } from './sqlite-output-store.ts';

/**
 * Stores in one SQLite file, which several processes may open at once. The file is created by `open`;
 * beside it live `-wal` and `-shm`, which belong to it, `-owners/` with the locks of those alive, and
 * `-blobs/` with the contents that are too big for it, created by the first one.
 */
export function sqlite(path: string, options: SqliteOptions = {}): Stores {
  return new SqliteStores(resolveOptions(path, options));
}

class SqliteStores implements Stores {
  readonly events: SqliteEventStore;
  readonly outputs: SqliteOutputStore;
  readonly checkpoints: SqliteCheckpointer;
  readonly blobs: BlobStore;
  readonly location: string;
  readonly #settings: SqliteSettings;
  readonly #shared: SharedConnection<Connection>;

  constructor(settings: SqliteSettings) {
    this.#settings = settings;
    this.location = `sqlite:${settings.path}`;
    this.#shared = new SharedConnection({
      location: this.location,
      connect: () => connect(settings, (ids) => this.events.notify(ids)),
      disconnect: (connection) => {
        this.events.endWatches();
        return disconnect(connection);
      },
    });
    const current: CurrentConnection = () => this.#shared.current();
    this.events = new SqliteEventStore(current, settings.writer);
    this.outputs = new SqliteOutputStore(current);
    this.checkpoints = new SqliteCheckpointer(current);
    this.blobs = openBlobs(filesystemBlobs(`${settings.path}-blobs`), current);
  }

  open(): Promise<void> {
    return this.#shared.open();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  async forget(runIds: readonly string[]): Promise<readonly string[]> {
    return this.#shared.current().writer.run({ kind: 'forget-runs', runIds });
  }

  async compact(): Promise<void> {
    const { reader, writer } = this.#shared.current();
    await compact(reader, writer, this.#settings.busyLimitMs);
  }

  async diagnose(): Promise<StoreReport> {
    const { reader, facts, owners } = this.#shared.current();
    return diagnose(reader, this.#settings.path, facts, owners.dead());
  }

  async bytes(): Promise<number> {
    return bytesOf(this.#settings.path);
  }
}
