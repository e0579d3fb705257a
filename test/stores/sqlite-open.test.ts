import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Database, OpenDatabase } from '../../src/stores/sqlite/index.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { SCHEMA_VERSION } from '../../src/stores/sqlite/schema.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { openFor, temporaryDirectory, temporaryFile } from './backends.ts';
import { startChild } from './children.ts';

/** A driver whose connections are changed by `change`. */
function wrapped(change: (db: Database) => Partial<Database>): OpenDatabase {
  return (path, options) => {
    const db = openNodeDatabase(path, options);
    const base: Database = {
      exec: (sql) => db.exec(sql),
      prepare: (sql) => db.prepare(sql),
      close: () => db.close(),
    };
    return { ...base, ...change(db) };
  };
}

function write(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('opening a SQLite file', () => {
  for (const durability of ['full', 'normal'] as const) {
    it(`says that it commits with synchronous = ${durability} in WAL mode`, async () => {
      const { diagnose } = await openFor(sqlite(await temporaryFile(), { durability })).then(
        (stores) => ({ diagnose: () => stores.diagnose() }),
      );
      const { facts } = await diagnose();
      expect(facts).toMatchObject({ journalMode: 'wal', synchronous: durability });
    });
  }

  it('refuses a SQLite that does not keep the durability asked for', async () => {
    const deaf = wrapped((db) => ({
      exec: (sql) => (sql.startsWith('PRAGMA synchronous') ? undefined : db.exec(sql)),
    }));
    const stores = sqlite(await temporaryFile(), { driver: deaf, durability: 'normal' });
    await expect(stores.open()).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
  });

  it('refuses a SQLite with the bug of the log reset, and says which it found', async () => {
    const old = wrapped((db) => ({
      prepare: (sql) =>
        db.prepare(sql === 'SELECT sqlite_version()' ? "SELECT '3.51.2' AS version" : sql),
    }));
    const opening = sqlite(await temporaryFile(), { driver: old }).open();
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining('3.51.2') as string,
    });
  });

  it('refuses the database of another program and leaves it as it is', async () => {
    const path = await temporaryFile();
    write(path, 'CREATE TABLE cats(name); INSERT INTO cats VALUES (1)');
    const before = await readFile(path);
    for (const writer of ['worker', 'inline'] as const) {
      const opening = sqlite(path, { writer }).open();
      await expect(opening).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
    }
    expect(await readFile(path)).toEqual(before);
  });

  it('refuses a file that is no database', async () => {
    const path = await temporaryFile();
    await writeFile(path, 'Dear diary, '.repeat(100));
    await expect(sqlite(path).open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('refuses a newer schema and leaves the file as it is', async () => {
    const path = await temporaryFile();
    const stores = sqlite(path);
    await stores.open();
    await stores.close();
    write(path, 'PRAGMA user_version = 999');
    const before = await readFile(path);
    await expect(sqlite(path).open()).rejects.toMatchObject({ code: 'STORE_VERSION' });
    expect(await readFile(path)).toEqual(before);
  });

  it('migrates an empty file of version 0', async () => {
    const path = await temporaryFile();
    await writeFile(path, '');
    const stores = await openFor(sqlite(path));
    expect((await stores.diagnose()).facts['schemaVersion']).toBe(SCHEMA_VERSION);
  });

  it('leaves nothing half made when a migration fails', async () => {
    const path = await temporaryFile();
    let isBroken = true;
    const failing = wrapped((db) => ({
      exec: (sql) => {
        if (isBroken && sql.startsWith('PRAGMA application_id')) throw new Error('power');
        db.exec(sql);
      },
    }));
    const stores = sqlite(path, { driver: failing });
    await expect(stores.open()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    isBroken = false;
    await openFor(stores);
    await expect(stores.events.list({ limit: 1 })).resolves.toMatchObject({ runs: [] });
  });

  it('does not create a file that must exist', async () => {
    const path = await temporaryFile();
    const opening = sqlite(path, { mustExist: true }).open();
    await expect(opening).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(existsSync(path)).toBe(false);
  });

  it('fails in a directory that does not exist, and can be opened later', async () => {
    const path = join(await temporaryDirectory(), 'no', 'runs.db');
    await expect(sqlite(path).open()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('refuses paths that are no files, and drivers that cannot go to a thread', () => {
    expect(() => sqlite(':memory:')).toThrow(TypeError);
    expect(() => sqlite('a.db', { writer: 'worker', driver: openNodeDatabase })).toThrow(TypeError);
  });

  it('works for processes that create the file at once', async () => {
    const path = await temporaryFile();
    const children = ['a', 'b', 'c'].map((id) => startChild('open', path, id));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const stores = await openFor(sqlite(path));
    expect((await stores.events.list({ limit: 9 })).runs).toHaveLength(3);
  });

  it('lets a process end that neither waits nor closes, with its last write stored', async () => {
    const path = await temporaryFile();
    expect(await startChild('leave', path).ended).toBe(0);
    const stores = await openFor(sqlite(path));
    expect((await stores.events.get('run_1'))?.lastSeq).toBe(1);
    expect(await stores.events.append([commitOf('run_1', 1)])).toEqual([{ kind: 'stored' }]);
  });
});
