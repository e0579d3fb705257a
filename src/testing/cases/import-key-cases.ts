import assert from 'node:assert/strict';
import { commitOf, eventOf, fill } from './builders.ts';
import { pieceOf, sameRun } from './import-pieces.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };
const ALL = { limit: 999, chain: true, keys: true };

/** What `import` and `read` promise of keys and chains. */
export const importedKeyCases: readonly StoreCase[] = [
  {
    name: 'a page is read with the keys that its events were recorded under',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.append([
        commitOf('run_1', 0, { idempotencyKey: 'birth', count: 2 }),
        commitOf('run_1', 2, { idempotencyKey: 'k', count: 2 }),
        commitOf('run_1', 4),
        commitOf('run_1', 5, { idempotencyKey: 'birth' }),
      ]);
      await fill(events, 'run_2', 3);
      const keys = async (runId: string, afterSeq: number, limit: number): Promise<unknown> =>
        (await events.read(runId, { afterSeq, limit, keys: true })).keys;
      const created = { key: 'birth', throughSeq: 2 };
      const all = [null, null, 'k', 'k', null, 'birth'];
      assert.deepEqual(await keys('run_1', 0, 9), { created, events: all });
      assert.deepEqual(await keys('run_1', 3, 2), { created, events: ['k', null] });
      assert.deepEqual(await keys('run_1', 9, 2), { created, events: [] });
      await events.cut('run_1', 3, '{}');
      assert.deepEqual(await keys('run_1', 0, 9), { created, events: [null, null, 'birth'] });
      assert.deepEqual(await keys('run_2', 1, 1), {
        created: { key: null, throughSeq: 3 },
        events: [null],
      });
      assert.equal((await events.read('run_1', { limit: 9 })).keys, undefined);
    },
  },
  {
    name: 'keys of the creation and of later commits that came in pieces answer their events',
    run: async ({ shared }) => {
      const { events } = await shared();
      const first = { key: 'birth', createdSeq: 3 };
      await events.import([pieceOf('run_1', 0, { count: 2, first })]);
      await events.import([pieceOf('run_1', 2, { count: 3, keys: { 4: 'k', 5: 'k' } })]);
      await events.import([pieceOf('run_1', 5, { count: 2, keys: { 6: 'k', 7: 'birth' } })]);
      const repeat = (...seqs: number[]): unknown => ({
        kind: 'repeat',
        runId: 'run_1',
        events: seqs.map((seq) => eventOf(seq)),
      });
      const outcomes = await events.append([
        commitOf('run_2', 0, { idempotencyKey: 'birth' }),
        commitOf('run_1', 7, { idempotencyKey: 'k' }),
        commitOf('run_1', 7, { idempotencyKey: 'birth' }),
        commitOf('run_1', 7, { idempotencyKey: 'new' }),
      ]);
      assert.deepEqual(outcomes, [repeat(1, 2, 3), repeat(4, 5, 6), repeat(7), STORED]);
      assert.deepEqual(await events.findByKey('run_1', 'k'), [eventOf(4), eventOf(5), eventOf(6)]);
      await events.cut('run_1', 4, '{}');
      assert.equal(await events.findByKey('run_1', 'k'), undefined);
    },
  },
  {
    name: 'the key that created a run whose head was cut is known, and answers no events',
    run: async ({ shared }) => {
      const { events } = await shared();
      const first = { key: 'birth', createdSeq: 4, firstSeq: 3, base: '{}' };
      await events.import([pieceOf('run_1', 0, { count: 3, first })]);
      const again = await events.append([commitOf('run_2', 0, { idempotencyKey: 'birth' })]);
      assert.deepEqual(again, [{ kind: 'repeat', runId: 'run_1', events: [] }]);
    },
  },
  {
    name: 'a chain is as it was, and goes on from there',
    run: async ({ shared }) => {
      const { events } = await shared();
      const cut = { firstSeq: 4, base: '{}', baseHash: 'f'.repeat(64) };
      const pieces = [
        pieceOf('run_1', 0, { count: 2, isChained: true, first: cut }),
        pieceOf('run_1', 5, { count: 2, isChained: true, after: 'a'.repeat(64) }),
      ];
      for (const piece of pieces) await events.import([piece]);
      await sameRun(events, pieces);
      await events.append([commitOf('run_1', 7)]);
      const next = pieceOf('run_1', 7, {
        isChained: true,
        after: pieces[1]?.events[1]?.hash ?? '',
      });
      const { chain } = await events.read('run_1', { ...ALL, afterSeq: 7 });
      const head = next.events[0]?.hash;
      assert.deepEqual(chain, { hashes: [head], base: cut.baseHash, head, lastSeq: 8 });
      await events.cut('run_1', 4, '{}');
      const base = (await events.read('run_1', ALL)).chain?.base;
      assert.equal(base, pieces[0]?.events[0]?.hash);
    },
  },
  {
    name: 'a run that came without a chain never gets one',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.import([pieceOf('run_1', 0)]);
      await events.append([commitOf('run_1', 1)]);
      const { chain } = await events.read('run_1', ALL);
      assert.deepEqual(chain, { hashes: [null, null], base: null, head: null, lastSeq: 2 });
    },
  },
];
