import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnerLease } from '../event-store.ts';
import { retryBusy } from './busy-retry.ts';
import type { Database, OpenDatabase } from './driver.ts';
import { withDatabase } from './open-writer.ts';
import { isBusy, isCannotOpen, storeError } from './store-error.ts';

/** Longest wait for those who just look whether a lock file is held, which takes them well under 1 ms. */
const PROBE_LIMIT_MS = 1_000;

const EXTENSION = '.lock';

/**
 * Who is alive, told by locks that the operating system drops when their holder dies, however it dies.
 *
 * Each owner holds an exclusive transaction on a SQLite file of its own. Others look with a *read* lock,
 * which never stands in the way of others who look. These files MUST NOT be opened and closed by means
 * of fs: that drops the POSIX locks which this process holds on them.
 */
export class Owners {
  readonly #directory: string;
  readonly #driver: OpenDatabase;
  readonly #held = new Map<string, Database>();

  constructor(databasePath: string, driver: OpenDatabase) {
    this.#directory = `${databasePath}-owners`;
    this.#driver = driver;
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    const path = this.#pathOf(ownerId);
    try {
      mkdirSync(this.#directory, { recursive: true });
      this.sweep();
      const db = await retryBusy(PROBE_LIMIT_MS, () => this.#lock(path));
      this.#held.set(path, db);
    } catch (error) {
      throw storeError(error, `Making owner ${ownerId} known`);
    }
    return { ownerId, release: async () => this.#release(path) };
  }

  isAlive(ownerId: string): boolean {
    return this.#look(this.#pathOf(ownerId)) === 'held';
  }

  /** The lock files that nobody holds. */
  dead(): readonly string[] {
    return this.#files().filter((path) => this.#look(path) === 'free');
  }

  /** Deletes the files of owners that died without releasing theirs. */
  sweep(): void {
    for (const path of this.#files()) this.#look(path, () => rmSync(path, { force: true }));
  }

  releaseAll(): void {
    for (const path of this.#held.keys()) this.#release(path);
  }

  /**
   * Creates and locks the file. A sweep may delete it between the two: the lock is then on a file that
   * nobody can find. Only the owner itself creates its file, so if it is there it is the locked one.
   */
  #lock(path: string): Database {
    for (;;) {
      const db = this.#driver(path, { readOnly: false });
      try {
        // Nothing is ever written, but a transaction on an empty file would leave a journal beside it.
        db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
        if (existsSync(path)) return db;
      } catch (error) {
        db.close();
        throw error;
      }
      db.close();
    }
  }

  /** Looks whether a file is held; `whenFree` runs while the read lock keeps it from being locked. */
  #look(path: string, whenFree?: () => void): 'held' | 'free' | 'missing' {
    if (this.#held.has(path)) return 'held';
    if (!existsSync(path)) return 'missing';
    try {
      // Read only: a look never creates the file.
      return withDatabase(this.#driver(path, { readOnly: true }), (db) => {
        db.exec('PRAGMA busy_timeout = 0');
        db.exec('BEGIN');
        db.prepare('SELECT count(*) FROM sqlite_schema').get();
        whenFree?.();
        return 'free';
      });
    } catch (error) {
      if (isBusy(error)) return 'held';
      if (isCannotOpen(error) && !existsSync(path)) return 'missing';
      throw storeError(error, `Looking at ${path}`);
    }
  }

  #release(path: string): void {
    const db = this.#held.get(path);
    if (db === undefined) return;
    this.#held.delete(path);
    // Deleted while still locked: nobody ever sees the file of a lease that has ended.
    rmSync(path, { force: true });
    db.close();
  }

  #files(): readonly string[] {
    if (!existsSync(this.#directory)) return [];
    const names = readdirSync(this.#directory).filter((name) => name.endsWith(EXTENSION));
    return names.map((name) => join(this.#directory, name));
  }

  /** Ids that are no plain file names go by their digest. */
  #pathOf(ownerId: string): string {
    const name = /^[A-Za-z0-9_-]{1,100}$/.test(ownerId)
      ? ownerId
      : `~${createHash('sha256').update(ownerId).digest('hex')}`;
    return join(this.#directory, `${name}${EXTENSION}`);
  }
}
