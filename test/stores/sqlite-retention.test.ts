import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventStore, Stores } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { OpenDatabase, SqliteOptions } from '../../src/stores/sqlite/index.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { commitOf, eventOf, fill } from '../../src/testing/cases/builders.ts';
import { betterSqlite3, openFor, temporaryFile } from './backends.ts';
import { startChild } from './children.ts';

const STORED = { kind: 'stored' };

const WRITERS: Readonly<Record<string, SqliteOptions>> = {
  worker: {},
  inline: { writer: 'inline' },
  'better-sqlite3': { driver: betterSqlite3 },
};

describe('forgetting runs of a file that others have open', () => {
  for (const [name, options] of Object.entries(WRITERS)) {
    it(`watchers miss nothing that is written after the newest events are gone (${name})`, async () => {
      const path = await temporaryFile();
      const { events } = await openFor(sqlite(path, { ...options, watchIntervalMs: 5 }));
      const other = await openFor(sqlite(path, { writer: 'inline' }));
      const seen = new Set<string>();
      onTestFinished(events.watch((runIds) => runIds.forEach((id) => seen.add(id))));
      await fill(other.events, 'kept', 1);
      for (let round = 0; round < 4; round += 1) {
        const runIds = [`run_${round}_a`, `run_${round}_b`];
        for (const runId of runIds) await fill(other.events, runId, 3);
        await expect.poll(() => runIds.every((id) => seen.has(id))).toBe(true);
        expect(await other.forget(runIds)).toEqual(runIds);
      }
      // Fewer events than were forgotten: their positions would be seen ones if those were free again.
      await fill(other.events, 'new', 1);
      await expect.poll(() => seen.has('new')).toBe(true);
      await other.events.append([commitOf('kept', 1)]);
      seen.clear();
      await other.events.append([commitOf('kept', 2)]);
      await expect.poll(() => [...seen]).toContain('kept');
    });
  }

  it('a watch that begins after all runs were forgotten sees the next one', async () => {
    const path = await temporaryFile();
    const one = await openFor(sqlite(path, { writer: 'inline', watchIntervalMs: 5 }));
    const two = await openFor(sqlite(path, { writer: 'inline' }));
    await fill(one.events, 'run_1', 9);
    await one.forget(['run_1']);
    const seen: string[] = [];
    onTestFinished(one.events.watch((runIds) => seen.push(...runIds)));
    await fill(two.events, 'run_2', 1);
    await expect.poll(() => seen).toEqual(['run_2']);
    const { facts, problems } = await one.diagnose();
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ runs: 1, events: 1 });
  });

  it('no position and no key of a run is ever used twice, also by another process', async () => {
    const path = await temporaryFile();
    const stores = await openFor(sqlite(path, { writer: 'inline' }));
    const db = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => db.close());
    let before = { run: 0, pos: 0 };
    for (let round = 0; round < 5; round += 1) {
      const runId = `run_${round}`;
      if (round === 3) expect(await startChild('open', path, runId).ended).toBe(0);
      else await fill(stores.events, runId, 3);
      const now = db
        .prepare('SELECT run, min(pos) AS pos FROM events JOIN runs USING(run) WHERE run_id = ?')
        .get(runId) as typeof before;
      expect(now.run).toBeGreaterThan(before.run);
      expect(now.pos).toBeGreaterThan(before.pos);
      const { pos } = db.prepare('SELECT max(pos) AS pos FROM events').get() as { pos: number };
      before = { run: now.run, pos };
      expect(await stores.forget([runId])).toEqual([runId]);
      if (round === 2) await stores.compact();
    }
    // One row stands for all that went.
    expect(db.prepare('SELECT count(*) AS n FROM events').get()).toMatchObject({ n: 1 });
  });

  for (const [name, options] of Object.entries(WRITERS)) {
    it(`what a writer remembers of a run does not outlive it, whoever forgot it (${name})`, async () => {
      const path = await temporaryFile();
      const { events, forget } = await openFor(sqlite(path, options)).then((stores) => ({
        events: stores.events,
        forget: (ids: readonly string[]) => stores.forget(ids),
      }));
      const other = await openFor(sqlite(path, { writer: 'inline' }));
      for (const forgetting of [forget, (ids: readonly string[]) => other.forget(ids)]) {
        await fill(events, 'run_1', 2);
        expect(await events.append([commitOf('run_1', 2)])).toEqual([STORED]);
        await forgetting(['run_1']);
        expect(await events.append([commitOf('run_1', 3)])).toEqual([
          { kind: 'refused', code: 'RUN_NOT_FOUND' },
        ]);
        // Another run of the same length in its place, and then one of the same id.
        await fill(events, 'run_1', 2);
        await forgetting(['run_1']);
        await fill(other.events, 'run_2', 2);
        const owned = { run: { owner: 'own_1', epoch: 7 } };
        await other.events.append([commitOf('run_1', 0, { ...owned, count: 2 })]);
        const fenced = await events.append([commitOf('run_1', 2, { expectedEpoch: 1 })]);
        expect(fenced).toEqual([{ kind: 'refused', code: 'OWNER_FENCED' }]);
        const taken = { run: { owner: 'own_2', epoch: 8 }, expectedEpoch: 7 };
        expect(await events.append([commitOf('run_1', 2, taken)])).toEqual([STORED]);
        expect(await events.owners()).toEqual(['own_2']);
        expect((await events.list({ owner: 'own_1', limit: 9 })).runs).toEqual([]);
        const log = await events.read('run_1', { limit: 9 });
        expect(log.events).toEqual([eventOf(1), eventOf(2), eventOf(3)]);
        expect((await events.read('run_2', { limit: 9 })).events).toHaveLength(2);
        await events.append([commitOf('run_1', 3)]);
        expect(await other.forget(['run_1', 'run_2'])).toEqual(['run_1', 'run_2']);
      }
    });
  }

  it('a page is of one moment, also when the head is cut while it is read', async () => {
    const path = await temporaryFile();
    let cut = (): void => {};
    const driver: OpenDatabase = (file, options) => {
      const db = openNodeDatabase(file, options);
      return {
        exec: (sql) => db.exec(sql),
        close: () => db.close(),
        prepare: (sql) => {
          const statement = db.prepare(sql);
          const get: typeof statement.get = (...values) => {
            const row = statement.get(...values);
            if (options.readOnly && sql.includes('cuts')) cut();
            return row;
          };
          return { get, run: (...v) => statement.run(...v), all: (...v) => statement.all(...v) };
        },
      };
    };
    const { events } = await openFor(sqlite(path, { driver }));
    await fill(events, 'run_1', 6);
    cut = () => {
      const db = new DatabaseSync(path);
      db.exec("DELETE FROM events WHERE seq <= 4; INSERT INTO cuts(run, base) VALUES(1, 'four')");
      db.close();
      cut = () => {};
    };
    const before = await events.read('run_1', { limit: 9 });
    expect([before.firstSeq, before.base, before.events.length]).toEqual([1, null, 6]);
    const after = await events.read('run_1', { limit: 9 });
    expect([after.firstSeq, after.base, after.events.length]).toEqual([5, 'four', 2]);
  });
});

/** Bytes on disk, of the file and its log. */
function bytesOf(path: string): number {
  return [path, `${path}-wal`]
    .filter((file) => existsSync(file))
    .reduce((bytes, file) => bytes + statSync(file).size, 0);
}

/** Some 8 MiB in runs that are interleaved as they are in life; answers their ids. */
async function fillFile(events: EventStore): Promise<readonly string[]> {
  const runIds = Array.from({ length: 40 }, (_, i) => `run_${i}`);
  const payload = JSON.stringify({ type: 'text.delta', delta: 'x'.repeat(2_000) });
  for (let seq = 0; seq < 100; seq += 4) {
    await events.append(runIds.map((id) => commitOf(id, seq, { count: 4, event: { payload } })));
  }
  return runIds;
}

async function expectWhole(stores: Stores, runIds: readonly string[]): Promise<void> {
  expect((await stores.diagnose()).problems).toEqual([]);
  for (const runId of runIds) {
    const page = await stores.events.read(runId, { limit: 1_000 });
    expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, i) => i + 1));
    expect(page.events.length).toBe((await stores.events.get(runId))?.lastSeq);
  }
}

/** A file as the code before incremental vacuum made it. */
function makePlainFile(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA auto_vacuum = NONE; PRAGMA journal_mode = WAL; CREATE TABLE t(x); DROP TABLE t');
  db.close();
}

describe('giving space back', () => {
  for (const [name, options] of Object.entries(WRITERS)) {
    for (const kind of ['new', 'old'] as const) {
      it(`the ${kind} file gets small while others read it and have it open (${name})`, async () => {
        const path = await temporaryFile();
        if (kind === 'old') makePlainFile(path);
        const stores = await openFor(sqlite(path, options));
        const other = await openFor(sqlite(path, { writer: 'inline' }));
        const [first = '', ...rest] = await fillFile(stores.events);
        await other.events.append([commitOf(first, 100)]);
        const full = bytesOf(path);
        expect(full).toBeGreaterThan(8_000_000);
        let reads = 0;
        const state = { isOver: false };
        const reading = (async () => {
          while (!state.isOver) {
            const page = await other.events.read(first, { limit: 1_000 });
            expect(page.events).toHaveLength(101);
            reads += 1;
            await new Promise(setImmediate);
          }
        })();
        await stores.forget(rest);
        expect(Number((await stores.diagnose()).facts['freeBytes'])).toBeGreaterThan(full / 2);
        await stores.compact();
        state.isOver = true;
        await reading;
        expect(reads).toBeGreaterThan(0);
        expect(bytesOf(path)).toBeLessThan(full / 10);
        expect((await stores.diagnose()).facts).toMatchObject({ freeBytes: 0, walBytes: 0 });
        await other.events.append([commitOf(first, 101), commitOf('run_new', 0)]);
        await expectWhole(other, [first, 'run_new']);
        await expectWhole(stores, [first, 'run_new']);
        // From now on every file is one that is cut in slices.
        await fillFile(other.events).then((ids) => other.forget(ids));
        await other.compact();
        expect(bytesOf(path)).toBeLessThan(full / 10);
        await expectWhole(stores, ['run_new']);
      });

      it(`of the ${kind} file loses nothing that another process writes meanwhile (${name})`, async () => {
        const path = await temporaryFile();
        if (kind === 'old') makePlainFile(path);
        const stores = await openFor(sqlite(path, options));
        const runIds = await fillFile(stores.events);
        const full = bytesOf(path);
        const child = startChild('append', path, 'child');
        await child.heard(20);
        await stores.forget(runIds);
        const before = child.said.length;
        await stores.compact();
        await child.heard(child.said.length + 20);
        expect(child.said.length).toBeGreaterThan(before);
        child.process.kill('SIGKILL');
        await child.ended;
        const acknowledged = new Map<string, number>();
        for (const fact of child.said as { name: string; seq: number; kind: string }[]) {
          expect(fact.kind).toBe('stored');
          acknowledged.set(fact.name, fact.seq);
        }
        expect(acknowledged.size).toBe(4);
        await expectWhole(stores, [...acknowledged.keys()]);
        for (const [runId, seq] of acknowledged) {
          expect((await stores.events.get(runId))?.lastSeq).toBeGreaterThanOrEqual(seq);
        }
        await stores.compact();
        expect(bytesOf(path)).toBeLessThan(full);
      });
    }
  }

  it('says STORE_BUSY when somebody reads an old state all the time, and gets small later', async () => {
    const path = await temporaryFile();
    const stores = await openFor(sqlite(path, { busyLimitMs: 60 }));
    const runIds = await fillFile(stores.events);
    const reader = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => reader.close());
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM runs').get();
    await stores.forget(runIds);
    await expect(stores.compact()).rejects.toMatchObject({ code: 'STORE_BUSY', retryable: true });
    await fill(stores.events, 'run_new', 2);
    reader.exec('COMMIT');
    await stores.compact();
    expect(bytesOf(path)).toBeLessThan(400_000);
    await expectWhole(stores, ['run_new']);
  });

  it('lets the jobs of its own stores go on in between', async () => {
    const path = await temporaryFile();
    const stores = await openFor(sqlite(path));
    const runIds = await fillFile(stores.events);
    await stores.forget(runIds);
    let seq = 0;
    const state = { isOver: false };
    const writing = (async () => {
      while (!state.isOver) {
        expect(await stores.events.append([commitOf('run_new', seq)])).toEqual([STORED]);
        seq += 1;
      }
    })();
    await stores.compact();
    state.isOver = true;
    await writing;
    expect(seq).toBeGreaterThan(1);
    await expectWhole(stores, ['run_new']);
  });
});
