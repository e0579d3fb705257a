import { existsSync } from 'node:fs';
import { RunchartError } from '../../errors.ts';
import { retryBusy } from './busy-retry.ts';
import { CheckpointReader } from './checkpoint-reader.ts';
import type { Database } from './driver.ts';
import { EventReader } from './event-reader.ts';
import { InlineWriter } from './inline-writer.ts';
import type { WriterFacts } from './open-writer.ts';
import type { SqliteSettings } from './options.ts';
import { OutputReader } from './output-reader.ts';
import { Owners } from './owners.ts';
import { storeError } from './store-error.ts';
import { WorkerWriter } from './worker-writer.ts';
import type { OnChange, Writer } from './writer.ts';

/**
 * In WAL mode reading waits for nobody but a process that recovers or deletes the log, a matter of
 * milliseconds: the one wait that SQLite may do by itself, blocking.
 */
const READ_PATIENCE_MS = 100;

/** An open file: one connection that writes, and one on the main thread that reads. */
export interface Connection {
  readonly writer: Writer;
  readonly facts: WriterFacts;
  readonly reader: Database;
  readonly events: EventReader;
  readonly outputs: OutputReader;
  readonly checkpoints: CheckpointReader;
  readonly owners: Owners;
}

/** Answers the connection, or throws STORE_CLOSED. */
export type CurrentConnection = () => Connection;

export async function connect(settings: SqliteSettings, onChange: OnChange): Promise<Connection> {
  const { path, driver, mustExist, busyLimitMs } = settings;
  if (mustExist && !existsSync(path)) {
    throw new RunchartError(
      'INPUT_INVALID',
      `There is no file ${path}; pass the path of a database.`,
    );
  }
  const writer = createWriter(settings, onChange);
  let reader: Database | undefined;
  try {
    const facts = await writer.open();
    reader = await retryBusy(busyLimitMs, () => driver(path, { readOnly: true }));
    reader.exec(`PRAGMA busy_timeout = ${READ_PATIENCE_MS}`);
    return {
      writer,
      facts,
      reader,
      events: new EventReader(reader),
      outputs: new OutputReader(reader),
      checkpoints: new CheckpointReader(reader),
      owners: new Owners(path, driver),
    };
  } catch (error) {
    // A damaged file may fail at any of these: nothing of it stays open.
    reader?.close();
    await writer.close();
    throw storeError(error, `Opening ${path}`);
  }
}

/** The writer goes last: the last connection to close empties the log into the file. */
export async function disconnect({ reader, writer, owners }: Connection): Promise<void> {
  owners.releaseAll();
  reader.close();
  await writer.close();
}

/** Runs a read; whatever the driver throws becomes an error of runchart. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw storeError(error, 'Reading from the database');
  }
}

function createWriter(settings: SqliteSettings, onChange: OnChange): Writer {
  // A function cannot be sent to a thread: only plain settings are.
  const { path, durability, watchIntervalMs, busyLimitMs, chain } = settings;
  const plain = { path, durability, watchIntervalMs, busyLimitMs, chain };
  return settings.writer === 'worker'
    ? new WorkerWriter(plain, onChange)
    : new InlineWriter(plain, settings.driver, onChange);
}
