import assert from 'node:assert/strict';
import { commitOf, eventOf, fill, rejectsWith, runOf, seqsInPages } from './builders.ts';
import { pieceOf, sameRun } from './import-pieces.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

/** What `import` promises of runs that come from elsewhere. */
export const importCases: readonly StoreCase[] = [
  {
    name: 'a run of another store is here as it was there',
    run: async ({ shared }) => {
      const { events } = await shared();
      const run = { status: 'running', epoch: 7, owner: 'own_9', definition: 'writer' };
      const piece = pieceOf('run_1', 0, {
        count: 4,
        run: { ...run, createdAtMs: 5, updatedAtMs: 9, snapshot: '{"odd": "  text\\u0000"}' },
        event: { epoch: 3, late: true, emittedAtMs: 7 },
      });
      await events.import([piece]);
      await sameRun(events, [piece]);
    },
  },
  {
    name: 'a run that comes in pieces is the same as one that comes whole',
    run: async ({ shared }) => {
      const { events } = await shared();
      const creation = { key: 'birth', createdSeq: 5 };
      const wake = { wakeAtMs: null, owner: null };
      const pieces = [
        pieceOf('run_1', 0, { count: 3, run: wake, first: creation }),
        pieceOf('run_1', 3, { count: 1, run: wake }),
        pieceOf('run_1', 4, { count: 5, keys: { 6: 'k', 7: 'k' } }),
        pieceOf('run_1', 9, { count: 1, keys: { 10: 'last' }, run: { status: 'completed' } }),
      ];
      for (const piece of pieces) await events.import([piece]);
      await sameRun(events, pieces);
      assert.deepEqual(await seqsInPages(events, 'run_1', 3), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    },
  },
  {
    name: 'pieces that come together are added one after the other, of one run and of several',
    run: async ({ shared }) => {
      const { events } = await shared();
      const source = [pieceOf('run_1', 0, { count: 2 }), pieceOf('run_1', 2, { keys: { 3: 'k' } })];
      const fork = [pieceOf('run_f', 0, { run: { forkedFrom: 'run_1' } })];
      const other = [pieceOf('run_2', 0), pieceOf('run_2', 1, { run: { status: 'completed' } })];
      await events.import([...source, ...fork, ...other]);
      await events.import([]);
      for (const pieces of [source, fork, other]) await sameRun(events, pieces);
    },
  },
  {
    name: 'what the first piece fixes of a run stays, whatever later pieces say',
    run: async ({ shared }) => {
      const { events } = await shared();
      const fixed = {
        sessionId: 'ses_7',
        definition: 'writer',
        createdAtMs: 3,
        parentRunId: 'run_p',
      };
      await events.import([pieceOf('run_1', 0, { run: fixed })]);
      await events.import([pieceOf('run_1', 1, { run: { status: 'completed' } })]);
      const record = runOf('run_1', 2, { ...fixed, status: 'completed' });
      assert.deepEqual(await events.get('run_1'), record);
    },
  },
  {
    name: 'commits go on with a run that was imported, and its epoch fences',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.import([pieceOf('run_1', 0, { count: 2, run: { epoch: 4, owner: 'own_9' } })]);
      const outcomes = await events.append([
        commitOf('run_1', 2, { expectedEpoch: 3 }),
        commitOf('run_1', 1, { expectedEpoch: 4 }),
        commitOf('run_1', 2, { expectedEpoch: 4, run: { epoch: 5 } }),
        commitOf('run_1', 3, { expectedEpoch: 5 }),
      ]);
      assert.deepEqual(outcomes, [
        { kind: 'refused', code: 'OWNER_FENCED' },
        { kind: 'refused', code: 'SEQ_CONFLICT' },
        STORED,
        STORED,
      ]);
      assert.deepEqual(await seqsInPages(events, 'run_1', 9), [1, 2, 3, 4]);
    },
  },
  {
    name: 'a piece goes on with what was committed here meanwhile, and only with that',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 2);
      await events.append([commitOf('run_1', 2)]);
      await rejectsWith('SEQ_CONFLICT', events.import([pieceOf('run_1', 2, { count: 2 })]));
      await events.import([pieceOf('run_1', 3, { count: 2 })]);
      assert.deepEqual(await events.append([commitOf('run_1', 5)]), [STORED]);
      assert.deepEqual(await seqsInPages(events, 'run_1', 9), [1, 2, 3, 4, 5, 6]);
    },
  },
  {
    name: 'a cut log begins where it did, on its base, and is cut further',
    run: async ({ shared }) => {
      const { events } = await shared();
      const first = { firstSeq: 5, base: '{"at":4}', createdSeq: 2 };
      const pieces = [pieceOf('run_1', 0, { count: 2, first }), pieceOf('run_1', 6, { count: 2 })];
      for (const piece of pieces) await events.import([piece]);
      await sameRun(events, pieces);
      await events.cut('run_1', 3, 'less');
      assert.equal((await events.read('run_1', { limit: 0 })).base, '{"at":4}');
      await events.cut('run_1', 7, '{"at":7}');
      const page = { nextAfterSeq: 8, hasMore: false, firstSeq: 8, base: '{"at":7}' };
      const { events: rest, ...head } = await events.read('run_1', { limit: 9 });
      assert.deepEqual(rest, [eventOf(8)]);
      assert.deepEqual(head, page);
    },
  },
  {
    name: 'runs stand in lists in the order in which they came, and are found by all that lists go by',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_b', 1);
      const due = { definition: 'writer', wakeAtMs: 0 };
      await events.import([pieceOf('run_a', 0, { run: { createdAtMs: 1, ...due } })]);
      await events.import([pieceOf('run_c', 0, { run: { owner: 'own_9', parentRunId: 'run_a' } })]);
      await events.import([pieceOf('run_a', 1, { run: due })]);
      await fill(events, 'run_d', 1);
      const ids = async (query: object): Promise<readonly string[]> =>
        (await events.list({ limit: 9, order: 'oldest', ...query })).runs.map(({ runId }) => runId);
      assert.deepEqual(await ids({}), ['run_b', 'run_a', 'run_c', 'run_d']);
      assert.deepEqual(await ids({ owner: 'own_9' }), ['run_c']);
      assert.deepEqual(await ids({ parentRunId: 'run_a' }), ['run_c']);
      assert.deepEqual(await ids({ definition: 'writer' }), ['run_a']);
      assert.deepEqual(await events.owners(), ['own_9']);
      const wanted = await events.due({ atMs: 0, definitions: ['writer'], limit: 9 });
      assert.deepEqual(
        wanted.runs.map(({ runId }) => runId),
        ['run_a'],
      );
      assert.deepEqual(await events.countByStatus({}), { created: 4 });
    },
  },
  {
    name: 'runs that came from elsewhere are not lost, and are pruned like others',
    run: async ({ create }) => {
      const stores = await create();
      await stores.events.import([pieceOf('run_1', 0, { count: 2 })]);
      await stores.events.import([pieceOf('run_1', 2)]);
      await stores.events.import([pieceOf('run_2', 0, { first: { firstSeq: 9, base: '{}' } })]);
      assert.deepEqual(await stores.events.goneRuns(), { pruned: 0, lost: 0 });
      assert.deepEqual(await stores.forget(['run_1']), ['run_1']);
      assert.deepEqual(await stores.events.goneRuns(), { pruned: 1, lost: 0 });
      await stores.events.import([pieceOf('run_1', 0, { count: 3 })]);
      assert.equal((await stores.events.read('run_1', { limit: 9 })).events.length, 3);
      assert.deepEqual(await stores.events.goneRuns(), { pruned: 1, lost: 0 });
    },
  },
  {
    name: 'what was imported is there when the stores are opened again',
    requires: 'durable',
    run: async ({ create, another }) => {
      const stores = await create();
      const piece = pieceOf('run_1', 0, { count: 300, isChained: true, keys: { 299: 'k' } });
      await stores.events.import([piece]);
      await stores.close();
      await sameRun((await another(stores)).events, [piece]);
    },
  },
];
