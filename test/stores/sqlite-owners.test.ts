import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { SqliteOptions } from '../../src/stores/sqlite/index.ts';
import { Owners } from '../../src/stores/sqlite/owners.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { betterSqlite3, openFor, temporaryFile } from './backends.ts';
import { startChild } from './children.ts';

const DRIVERS: Readonly<Record<string, SqliteOptions>> = {
  'node:sqlite': { writer: 'inline' },
  'better-sqlite3': { driver: betterSqlite3 },
};

describe('owners on a SQLite file', () => {
  for (const [name, options] of Object.entries(DRIVERS)) {
    it(`a process is alive while it runs or is stopped, and dead once it is killed (${name})`, async () => {
      const path = await temporaryFile();
      const stores = await openFor(sqlite(path, options));
      const { events } = stores;
      const child = startChild('enlist', path, 'own_child');
      await child.heard(1);
      expect(await events.isAlive('own_child')).toBe(true);
      child.process.kill('SIGSTOP');
      await sleep(30);
      expect(await events.isAlive('own_child')).toBe(true);
      child.process.kill('SIGKILL');
      await child.ended;
      expect(await events.isAlive('own_child')).toBe(false);
      expect((await stores.diagnose()).facts['deadOwnerFiles']).toBe(1);
      const lease = await events.enlist('own_new');
      expect(readdirSync(`${path}-owners`)).toEqual(['own_new.lock']);
      await lease.release();
      expect(readdirSync(`${path}-owners`)).toEqual([]);
    });
  }

  it('asking about oneself, from here or from another process, does not drop the lock', async () => {
    const path = await temporaryFile();
    const one = await openFor(sqlite(path, { writer: 'inline' }));
    const two = await openFor(sqlite(path, { writer: 'inline' }));
    await one.events.enlist('own_1');
    for (let i = 0; i < 3; i += 1) {
      expect(await one.events.isAlive('own_1')).toBe(true);
      expect(await two.events.isAlive('own_1')).toBe(true);
    }
    // A process that enlists sweeps: what it deletes would be dead.
    await startChild('enlist', path, 'own_2').heard(1);
    expect(existsSync(`${path}-owners/own_1.lock`)).toBe(true);
    expect(await two.events.isAlive('own_1')).toBe(true);
    expect(await two.events.isAlive('own_2')).toBe(true);
  });

  it('closing the stores ends their leases', async () => {
    const path = await temporaryFile();
    const one = sqlite(path, { writer: 'inline' });
    const two = await openFor(sqlite(path, { writer: 'inline' }));
    await one.open();
    await one.events.enlist('own_1');
    await one.close();
    expect(await two.events.isAlive('own_1')).toBe(false);
  });

  it('an owner that is alive cannot be enlisted again', async () => {
    const path = await temporaryFile();
    const { events } = await openFor(sqlite(path, { writer: 'inline' }));
    await startChild('enlist', path, 'own_1').heard(1);
    await expect(events.enlist('own_1')).rejects.toMatchObject({ code: 'STORE_BUSY' });
  });

  it('enlisting survives a sweep that deletes the file before it is locked', async () => {
    const path = await temporaryFile();
    const sweeper = new Owners(path, openNodeDatabase);
    let sweeps = 0;
    const owners = new Owners(path, (file, options) => {
      const db = openNodeDatabase(file, options);
      // Between the creation of the file and its locking.
      if (!options.readOnly && (sweeps += 1) <= 3) sweeper.sweep();
      return db;
    });
    const lease = await owners.enlist('own_1');
    expect(sweeps).toBe(4);
    expect(sweeper.isAlive('own_1')).toBe(true);
    await lease.release();
    expect(sweeper.isAlive('own_1')).toBe(false);
  });

  it('processes that enlist at once do not sweep each other away', async () => {
    const path = await temporaryFile();
    const { events } = await openFor(sqlite(path, { writer: 'inline' }));
    const ids = ['own_a', 'own_b', 'own_c', 'own_d'];
    const children = ids.map((id) => startChild('enlist', path, id));
    await Promise.all(children.map((child) => child.heard(1)));
    for (const id of ids) expect(await events.isAlive(id)).toBe(true);
  });

  it('leaves other files in the directory alone', async () => {
    const path = await temporaryFile();
    const { events } = await openFor(sqlite(path, { writer: 'inline' }));
    const lease = await events.enlist('own_1');
    writeFileSync(`${path}-owners/README`, 'not a lock');
    await lease.release();
    await events.enlist('own_2');
    expect(readdirSync(`${path}-owners`).sort()).toEqual(['README', 'own_2.lock']);
  });
});
