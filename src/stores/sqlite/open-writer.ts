import { existsSync, statSync } from 'node:fs';
import { RunchartError } from '../../errors.ts';
import type { Database, OpenDatabase } from './driver.ts';
import type { Durability, WriterSettings } from './options.ts';
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from './schema.ts';

/** Before 3.51.3 two connections that write and checkpoint at once could damage the file. */
const OLDEST_SQLITE = [3, 51, 3] as const;

/**
 * How long the log may grow, in pages of 4 KiB. With SQLite's own 1000 the log of 400 checkpoints of a
 * KiB is 4 MiB beside a file of 1.4, with 256 it is 1. Appends are as fast with either.
 */
const LOG_PAGES = 256;

/** What `PRAGMA auto_vacuum` answers when freed pages can be given back one by one. */
const INCREMENTAL = 2;

/** What `PRAGMA synchronous` answers. */
const SYNCHRONOUS: Readonly<Record<Durability, number>> = { normal: 1, full: 2 };

export interface WriterFacts {
  readonly sqliteVersion: string;
  readonly journalMode: string;
  readonly synchronous: string;
}

export interface OpenedWriter {
  readonly db: Database;
  readonly facts: WriterFacts;
}

/**
 * Opens the one connection that writes: checks whose file it is, sets it up and migrates it.
 * Throws the driver's "busy" as it is, and may then simply be called again.
 */
export function openWriter(
  open: OpenDatabase,
  { path, durability }: Pick<WriterSettings, 'path' | 'durability'>,
): OpenedWriter {
  // A look through a read-only connection first leaves a file that is not ours to change as it is.
  if (existsSync(path) && statSync(path).size > 0) {
    withDatabase(open(path, { readOnly: true }), (db) => {
      checkSqlite(db);
      checkFile(db, path);
    });
  }
  const db = open(path, { readOnly: false });
  try {
    const sqliteVersion = checkSqlite(db);
    db.exec('PRAGMA busy_timeout = 0');
    checkFile(db, path);
    // Before anything is written: what makes a new file one that can be cut. Of a file that is not, it
    // says what VACUUM shall make of it. Appends take 2 % more CPU for it.
    if (Number(scalar(db, 'PRAGMA auto_vacuum')) !== INCREMENTAL) {
      db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    }
    const journalMode = setJournal(db, path);
    setSynchronous(db, durability);
    db.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    migrate(db, path);
    return { db, facts: { sqliteVersion, journalMode, synchronous: durability } };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The value of a one-value query: pragmas answer under names of their own. */
export function scalar(db: Database, sql: string): unknown {
  return Object.values((db.prepare(sql).get() as object | undefined) ?? {})[0];
}

export function withDatabase<T>(db: Database, use: (db: Database) => T): T {
  try {
    return use(db);
  } finally {
    db.close();
  }
}

function checkSqlite(db: Database): string {
  const version = String(scalar(db, 'SELECT sqlite_version()'));
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [needMajor, needMinor, needPatch] = OLDEST_SQLITE;
  const tooOld = major - needMajor || minor - needMinor || patch - needPatch;
  if (tooOld < 0) {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `SQLite ${version} can damage a database that several connections write to; ` +
        `${OLDEST_SQLITE.join('.')} or later is needed, as in Node 22.23 and 24.`,
    );
  }
  return version;
}

function checkFile(db: Database, path: string): void {
  const application = Number(scalar(db, 'PRAGMA application_id'));
  const isEmpty = Number(scalar(db, 'SELECT count(*) FROM sqlite_schema')) === 0;
  if (application !== APPLICATION_ID && !(application === 0 && isEmpty)) {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `${path} is a SQLite database of another program; pass the path of a new or a runchart file.`,
    );
  }
  const version = schemaVersion(db);
  if (version > SCHEMA_VERSION) {
    throw new RunchartError(
      'STORE_VERSION',
      `${path} has schema version ${version}, this runchart knows up to ${SCHEMA_VERSION}; update runchart.`,
    );
  }
}

export function schemaVersion(db: Database): number {
  return Number(scalar(db, 'PRAGMA user_version'));
}

function setJournal(db: Database, path: string): string {
  const mode = String(scalar(db, 'PRAGMA journal_mode = WAL'));
  if (mode !== 'wal') {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `${path} cannot be put into WAL mode (it stays in "${mode}"); use a local file system.`,
    );
  }
  return mode;
}

/** Bindings differ in their default, and a build may ignore the pragma: only what is read back counts. */
function setSynchronous(db: Database, durability: Durability): void {
  db.exec(`PRAGMA synchronous = ${durability}`);
  const answer = Number(scalar(db, 'PRAGMA synchronous'));
  if (answer !== SYNCHRONOUS[durability]) {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `This SQLite does not keep synchronous = ${durability} (it says ${answer}): commits would not be durable.`,
    );
  }
}

function migrate(db: Database, path: string): void {
  if (schemaVersion(db) === SCHEMA_VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have come first: what counts is what is there under the lock.
    checkFile(db, path);
    for (const sql of MIGRATIONS.slice(schemaVersion(db))) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    rollback(db);
    throw error;
  }
}

/** SQLite may have rolled back by itself, as when the disk is full: then there is nothing to do. */
export function rollback(db: Database): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // No transaction is active.
  }
}
