import { RunchartError } from '../../errors.ts';
import type { BlobStore } from '../blob-store.ts';
import { filesystemBlobs } from '../filesystem/index.ts';
import { openBlobs } from '../open-blobs.ts';
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
  #connection: Connection | undefined;
  #users = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(settings: SqliteSettings) {
    const current: CurrentConnection = () => this.#current();
    this.#settings = settings;
    this.location = `sqlite:${settings.path}`;
    this.events = new SqliteEventStore(current, settings.writer);
    this.outputs = new SqliteOutputStore(current);
    this.checkpoints = new SqliteCheckpointer(current);
    this.blobs = openBlobs(filesystemBlobs(`${settings.path}-blobs`), current);
  }

  open(): Promise<void> {
    return this.#inTurn(async () => {
      this.#connection ??= await connect(this.#settings, (ids) => this.events.notify(ids));
      this.#users += 1;
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#users = Math.max(0, this.#users - 1);
      const connection = this.#connection;
      if (this.#users > 0 || connection === undefined) return;
      this.#connection = undefined;
      this.events.endWatches();
      await disconnect(connection);
    });
  }

  async forget(runIds: readonly string[]): Promise<readonly string[]> {
    return this.#current().writer.run({ kind: 'forget-runs', runIds });
  }

  async compact(): Promise<void> {
    const { reader, writer } = this.#current();
    await compact(reader, writer, this.#settings.busyLimitMs);
  }

  async diagnose(): Promise<StoreReport> {
    const { reader, facts, owners } = this.#current();
    return diagnose(reader, this.#settings.path, facts, owners.dead());
  }

  async bytes(): Promise<number> {
    return bytesOf(this.#settings.path);
  }

  #current(): Connection {
    if (this.#connection === undefined) {
      throw new RunchartError('STORE_CLOSED', `${this.location} is closed; open the stores first.`);
    }
    return this.#connection;
  }

  /** Opening and closing wait for each other: the last close may be followed by an open at once. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => {});
    return done;
  }
}
