import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Database, OpenDatabase, SqliteOptions } from '../../src/stores/sqlite/index.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { startWriterThread, WorkerWriter } from '../../src/stores/sqlite/worker-writer.ts';
import { chainHashes, chainStart } from '../../src/stores/hash-chain.ts';
import type { Commit } from '../../src/stores/index.ts';
import { commitOf, fill, outputOf } from '../../src/testing/cases/builders.ts';
import { betterSqlite3, openFor, temporaryFile } from './backends.ts';
import { startChild } from './children.ts';

const WRITERS: Readonly<Record<string, SqliteOptions>> = {
  worker: {},
  inline: { writer: 'inline' },
};

/** A driver whose writing connection may be told to be out of space. */
function limited(open: OpenDatabase): { driver: OpenDatabase; limit: (pages: number) => void } {
  let writing: Database | undefined;
  const driver: OpenDatabase = (path, options) => {
    const db = open(path, options);
    if (!options.readOnly && !path.includes('-owners')) writing = db;
    return db;
  };
  return { driver, limit: (pages) => writing?.exec(`PRAGMA max_page_count = ${pages}`) };
}

describe('writing to SQLite', () => {
  for (const [name, open] of Object.entries({ node: openNodeDatabase, better: betterSqlite3 })) {
    it(`answers STORE_FULL, keeps nothing half written and goes on when there is room (${name})`, async () => {
      const { driver, limit } = limited(open);
      const { events, outputs, diagnose } = await openFor(
        sqlite(await temporaryFile(), { driver }),
      ).then((s) => ({ events: s.events, outputs: s.outputs, diagnose: () => s.diagnose() }));
      await fill(events, 'run_1', 1);
      limit(1);
      const snapshot = JSON.stringify('x'.repeat(100_000));
      const writes = [
        events.append([commitOf('run_1', 1)]),
        events.append([commitOf('run_2', 0, { run: { snapshot } })]),
        outputs.append(outputOf('out_1')),
      ];
      for (const write of writes) await expect(write).rejects.toMatchObject({ code: 'STORE_FULL' });
      expect((await events.get('run_1'))?.lastSeq).toBe(1);
      expect((await diagnose()).problems).toEqual([]);
      limit(100_000);
      expect(await events.append([commitOf('run_1', 1)])).toEqual([{ kind: 'stored' }]);
    });
  }

  it('what was rolled back is not built on: the next commit goes on from what is stored', async () => {
    const { driver, limit } = limited(openNodeDatabase);
    const path = await temporaryFile();
    const options: SqliteOptions = { writer: 'inline', chain: true };
    const { events } = await openFor(sqlite(path, { ...options, driver }));
    const other = await openFor(sqlite(path, options));
    await fill(events, 'run_1', 1);
    limit(1);
    const snapshot = JSON.stringify('x'.repeat(100_000));
    const tooBig = commitOf('run_2', 0, { run: { snapshot } });
    // Of one transaction the first commit is written, and goes with the second.
    const both = events.append([commitOf('run_1', 1), tooBig]);
    await expect(both).rejects.toMatchObject({ code: 'STORE_FULL' });
    limit(100_000);
    const [elsewhere] = commitOf('run_1', 1).events;
    if (elsewhere === undefined) throw new TypeError('Expected an event');
    const event = { ...elsewhere, eventId: 'evt_other', payload: '{"type":"log","of":"other"}' };
    const stored = [{ kind: 'stored' }];
    expect(await other.events.append([{ ...commitOf('run_1', 1), events: [event] }])).toEqual(
      stored,
    );
    expect(await events.append([commitOf('run_1', 2)])).toEqual(stored);
    const page = await events.read('run_1', { limit: 9, chain: true });
    expect(page.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(page.chain?.hashes).toEqual(chainHashes(chainStart('run_1'), page.events));
  });

  for (const [name, options] of Object.entries(WRITERS)) {
    it(`waits for a process that holds the file (${name})`, async () => {
      const path = await temporaryFile();
      const { events } = await openFor(sqlite(path, options));
      await startChild('hold', path, '300').heard(1);
      const started = performance.now();
      expect(await events.append([commitOf('run_1', 0)])).toEqual([{ kind: 'stored' }]);
      expect(performance.now() - started).toBeGreaterThan(50);
    });

    it(`gives up with STORE_BUSY after its limit, and works again later (${name})`, async () => {
      const path = await temporaryFile();
      const { events } = await openFor(sqlite(path, { ...options, busyLimitMs: 60 }));
      const holder = startChild('hold', path, '600');
      await holder.heard(1);
      const append = () => events.append([commitOf('run_1', 0)]);
      await expect(append()).rejects.toMatchObject({ code: 'STORE_BUSY', retryable: true });
      await holder.ended;
      expect(await append()).toEqual([{ kind: 'stored' }]);
    });

    it(`a value that SQLite cannot take fails its own job only (${name})`, async () => {
      const { events } = await openFor(sqlite(await temporaryFile(), options));
      const broken = commitOf('run_2', 0, { event: { emittedAtMs: 0.5 } });
      const unbindable = commitOf('run_3', 0, { event: { payload: Symbol('x') as never } });
      const settled = await Promise.allSettled([
        events.append([commitOf('run_1', 0)]),
        events.append([broken]),
        events.append([unbindable]),
        events.append([commitOf('run_4', 0)]),
      ]);
      expect(settled.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      for (const { reason } of settled.slice(1, 3) as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ code: 'INPUT_INVALID' });
      }
      const { runs } = await events.list({ limit: 9 });
      expect(runs.map(({ runId }) => runId)).toEqual(['run_4', 'run_1']);
    });

    it(`answers jobs in the order they came, however they fall into transactions (${name})`, async () => {
      const { events } = await openFor(sqlite(await temporaryFile(), options));
      let round = 0;
      const pauses = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(pauses, async (gaps) => {
          const runId = `run_${(round += 1)}`;
          const appends: Promise<unknown>[] = [];
          for (const [seq, gap] of gaps.entries()) {
            appends.push(events.append([commitOf(runId, seq)]));
            if (gap === 0) await new Promise(setImmediate);
          }
          const outcomes = (await Promise.all(appends)).flat();
          expect(outcomes).toEqual(gaps.map(() => ({ kind: 'stored' })));
          const page = await events.read(runId, { limit: 99 });
          expect(page.events.map(({ seq }) => seq)).toEqual(gaps.map((_, i) => i + 1));
        }),
        { numRuns: 15 },
      );
    });
  }

  it('a thread that dies rejects what is pending and what comes later', async () => {
    const path = await temporaryFile();
    const settings = {
      path,
      durability: 'full',
      watchIntervalMs: 25,
      busyLimitMs: 5_000,
      chain: false,
    } as const;
    const threads: Worker[] = [];
    const writer = new WorkerWriter(
      settings,
      () => {},
      (given) => {
        const thread = startWriterThread(given);
        threads.push(thread);
        return thread;
      },
    );
    await writer.open();
    const append = (commit: Commit) => writer.run({ kind: 'append', commits: [commit] });
    await append(commitOf('run_1', 0));
    await startChild('hold', path, '1000').heard(1);
    const pending = append(commitOf('run_2', 0));
    await sleep(20);
    const dying = threads[0]?.terminate();
    await expect(pending).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await dying;
    await expect(append(commitOf('run_3', 0))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await writer.close();
  });

  it('loses nothing acknowledged when the process is killed', { timeout: 60_000 }, async () => {
    const path = await temporaryFile();
    for (let round = 0; round < 5; round += 1) {
      const child = startChild('append', path, `run_${round}`);
      await child.heard(40 + Math.floor(Math.random() * 100));
      child.process.kill('SIGKILL');
      await child.ended;
      const acknowledged = new Map<string, number>();
      for (const fact of child.said as { name: string; seq: number; kind: string }[]) {
        expect(fact.kind).toBe('stored');
        acknowledged.set(fact.name, fact.seq);
      }
      expect(acknowledged.size).toBe(4);
      const stores = sqlite(path, { writer: 'inline' });
      await stores.open();
      for (const [name, seq] of acknowledged) {
        const record = await stores.events.get(name);
        const { events } = await stores.events.read(name, { limit: 10_000 });
        expect(record?.lastSeq).toBeGreaterThanOrEqual(seq);
        expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
        expect(record?.snapshot).toBe(
          JSON.stringify({ status: 'created', eventCount: events.length }),
        );
      }
      expect((await stores.diagnose()).problems).toEqual([]);
      await stores.close();
    }
  });
});

describe('watching a SQLite file', () => {
  for (const [name, options] of Object.entries(WRITERS)) {
    it(`sees every run that another process or connection wrote to, from the watch on (${name})`, async () => {
      const path = await temporaryFile();
      const { events } = await openFor(sqlite(path, { ...options, watchIntervalMs: 5 }));
      const other = await openFor(sqlite(path, { writer: 'inline' }));
      await fill(other.events, 'before', 1);
      const seen = new Set<string>();
      const end = events.watch((runIds) => runIds.forEach((id) => seen.add(id)));
      onTestFinished(end);
      // Before the first poll: the watch counts from the call, not from the poll.
      await fill(other.events, 'early', 1);
      await expect.poll(() => [...seen]).toEqual(['early']);
      await fill(events, 'own', 1);
      for (let i = 0; i < 30; i += 1) await fill(other.events, `run_${i}`, 1);
      expect(await startChild('open', path, 'process').ended).toBe(0);
      await expect.poll(() => seen.has('process')).toBe(true);
      for (let i = 0; i < 30; i += 1) expect(seen).toContain(`run_${i}`);
      expect(seen).not.toContain('before');
      end();
      seen.clear();
      await fill(other.events, 'after', 1);
      await sleep(40);
      expect([...seen]).toEqual([]);
    });
  }
});
