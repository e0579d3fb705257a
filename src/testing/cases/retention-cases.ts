import assert from 'node:assert/strict';
import type { EventStore, Stores } from '../../stores/index.ts';
import { checkpointOf, commitOf, fill, FINAL, outputOf, rejectsWith } from './builders.ts';
import { cutCases } from './cut-cases.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

const seqs = async (events: EventStore, runId: string, afterSeq = 0): Promise<readonly number[]> =>
  (await events.read(runId, { afterSeq, limit: 99 })).events.map(({ seq }) => seq);

const listed = async ({ events }: Stores): Promise<readonly string[]> =>
  (await events.list({ limit: 99 })).runs.map(({ runId }) => runId);

/** What `forget` promises. */
const forgetCases: readonly StoreCase[] = [
  {
    name: 'a forgotten run is gone with all that belonged to it, and nothing else is',
    run: async ({ create }) => {
      const stores = await create();
      const { events, outputs, checkpoints } = stores;
      for (const runId of ['run_1', 'run_2', 'run_3']) {
        const taskId = `task of ${runId}`;
        await fill(events, runId, 3);
        await events.cut(runId, 1, '{}');
        await outputs.append(outputOf(`${runId} a`, { runId, taskId }));
        await outputs.append(outputOf(`${runId} b`, { runId, taskId, event: FINAL }));
        await checkpoints.save(checkpointOf(1, { runId }));
        await checkpoints.save(checkpointOf(2, { runId, definition: 'other' }));
      }
      assert.deepEqual(await stores.forget(['run_3', 'run_9', 'run_1', 'run_3']), [
        'run_3',
        'run_1',
      ]);
      assert.deepEqual(await listed(stores), ['run_2']);
      for (const runId of ['run_1', 'run_3']) {
        assert.equal(await events.get(runId), undefined);
        await rejectsWith('RUN_NOT_FOUND', events.read(runId, { limit: 1 }));
        assert.deepEqual(await outputs.list({ runId, limit: 9 }), []);
        await rejectsWith('OUTPUT_NOT_FOUND', outputs.get(`${runId} a`));
        assert.deepEqual(await outputs.listForAttempt(`task of ${runId}`, 1), []);
        assert.equal(await outputs.latestByProducer('writer', { runId }), undefined);
        assert.deepEqual(await checkpoints.list({ definition: 'writer', runId }), []);
        assert.equal(await checkpoints.latest({ definition: 'other', runId }), undefined);
      }
      assert.deepEqual(await seqs(events, 'run_2'), [2, 3]);
      assert.equal((await outputs.latestByProducer('writer'))?.runId, 'run_2');
      assert.equal((await outputs.list({ runId: 'run_2', limit: 9 })).length, 2);
      assert.equal(
        (await checkpoints.latest({ definition: 'other', runId: 'run_2' }))?.superStep,
        2,
      );
      // Its attempts are open again, its ids free.
      const again = { runId: 'run_1', taskId: 'task of run_1', event: FINAL };
      await outputs.append(outputOf('run_1 a', again));
      assert.equal((await outputs.latestByProducer('writer'))?.runId, 'run_1');
      assert.equal((await checkpoints.save(checkpointOf(1, { runId: 'run_1' }))).version, 1);
      assert.deepEqual((await stores.diagnose()).problems, []);
    },
  },
  {
    name: 'a run that has an owner is not forgotten',
    run: async ({ shared }) => {
      const stores = await shared();
      await stores.events.append([
        commitOf('run_1', 0, { run: { owner: 'own_1' } }),
        commitOf('run_2', 0),
      ]);
      assert.deepEqual(await stores.forget(['run_1', 'run_2']), ['run_2']);
      assert.deepEqual(await seqs(stores.events, 'run_1'), [1]);
    },
  },
  {
    name: 'what a run that stays was forked from stays as well, and so on; together they go',
    run: async ({ create }) => {
      const stores = await create();
      await stores.events.append([
        commitOf('a', 0),
        commitOf('b', 0, { run: { forkedFrom: 'a' } }),
        commitOf('c', 0, { run: { forkedFrom: 'b', owner: 'own_1' } }),
        commitOf('d', 0, { run: { forkedFrom: 'a' } }),
      ]);
      assert.deepEqual(await stores.forget(['a']), []);
      assert.deepEqual(await stores.forget(['a', 'b', 'c', 'd']), ['d']);
      await stores.events.append([commitOf('c', 1, { run: { forkedFrom: 'b' } })]);
      assert.deepEqual(await stores.forget(['a', 'b']), []);
      assert.deepEqual(await stores.forget(['a', 'b', 'c']), ['a', 'b', 'c']);
      assert.deepEqual(await listed(stores), []);
      // Planned while the run was there, and stored when it is gone: then it is not stored.
      const tooLate = [commitOf('e', 0, { run: { forkedFrom: 'a' } })];
      assert.deepEqual(await stores.events.append(tooLate), [
        { kind: 'refused', code: 'RUN_NOT_FOUND' },
      ]);
      assert.deepEqual(await listed(stores), []);
    },
  },
  {
    name: 'ids and keys of a forgotten run are free, and the new run has nothing of the old one',
    run: async ({ shared }) => {
      const stores = await shared();
      const { events } = stores;
      await events.append([commitOf('run_1', 0, { idempotencyKey: 'k', count: 3 })]);
      await events.append([commitOf('run_1', 3, { idempotencyKey: 'l' })]);
      await events.cut('run_1', 2, '{}');
      await stores.forget(['run_1']);
      assert.equal(await events.findByKey('run_1', 'l'), undefined);
      const missing = await events.append([commitOf('run_1', 4)]);
      assert.deepEqual(missing, [{ kind: 'refused', code: 'RUN_NOT_FOUND' }]);
      assert.deepEqual(await events.append([commitOf('run_1', 0, { idempotencyKey: 'k' })]), [
        STORED,
      ]);
      assert.deepEqual(await events.append([commitOf('run_1', 1, { idempotencyKey: 'l' })]), [
        STORED,
      ]);
      const page = await events.read('run_1', { limit: 9 });
      assert.deepEqual([page.firstSeq, page.base, page.events.length], [1, null, 2]);
    },
  },
  {
    name: 'a cursor from before a forget never shows a run that was created after it',
    run: async ({ create }) => {
      const stores = await create();
      const { events } = stores;
      for (const id of ['a', 'b', 'c', 'd']) await fill(events, id, 1);
      const { nextCursor: cursor } = await events.list({ limit: 2 });
      assert.ok(cursor !== null);
      assert.deepEqual(await stores.forget(['b', 'c', 'd']), ['b', 'c', 'd']);
      for (const id of ['e', 'f', 'g']) await fill(events, id, 1);
      const page = await events.list({ limit: 9, cursor });
      assert.deepEqual(
        page.runs.map(({ runId }) => runId),
        ['a'],
      );
      assert.deepEqual(await listed(stores), ['g', 'f', 'e', 'a']);
      await stores.forget(['a', 'e', 'f', 'g']);
      await fill(events, 'h', 1);
      assert.deepEqual((await events.list({ limit: 9, cursor })).runs, []);
    },
  },
  {
    name: 'nothing is forgotten of runs that are not named, and giving space back changes no data',
    run: async ({ shared }) => {
      const stores = await shared();
      await fill(stores.events, 'run_1', 2);
      assert.deepEqual(await stores.forget([]), []);
      assert.deepEqual(await stores.forget(['run_9']), []);
      await stores.compact();
      await stores.compact();
      assert.deepEqual(await seqs(stores.events, 'run_1'), [1, 2]);
      assert.deepEqual((await stores.diagnose()).problems, []);
    },
  },
  {
    name: 'runs that were forgotten are counted, and none is lost',
    run: async ({ create }) => {
      const stores = await create();
      const { events } = stores;
      assert.deepEqual(await events.goneRuns(), { pruned: 0, lost: 0 });
      for (const runId of ['run_1', 'run_2', 'run_3']) await fill(events, runId, 2);
      // What is refused, or repeated, never was.
      await events.append([commitOf('run_1', 0), commitOf('run_9', 1)]);
      assert.deepEqual(await events.goneRuns(), { pruned: 0, lost: 0 });
      await stores.forget(['run_3', 'run_1', 'run_x']);
      await stores.forget(['run_3']);
      assert.deepEqual(await events.goneRuns(), { pruned: 2, lost: 0 });
      await fill(events, 'run_3', 1);
      await stores.forget(['run_3']);
      assert.deepEqual(await events.goneRuns(), { pruned: 3, lost: 0 });
    },
  },
  {
    name: 'what is written at once with forgetting and compacting finds the run there or not there',
    run: async ({ shared }) => {
      const stores = await shared();
      const { events } = stores;
      await fill(events, 'run_1', 1);
      await fill(events, 'run_2', 1);
      const answers = await Promise.all([
        events.append([commitOf('run_1', 1)]),
        stores.forget(['run_1']),
        stores.compact(),
        events.append([commitOf('run_1', 2)]),
        events.append([commitOf('run_1', 0)]),
        events.append([commitOf('run_1', 1), commitOf('run_2', 1)]),
      ]);
      assert.deepEqual(answers, [
        [STORED],
        ['run_1'],
        undefined,
        [{ kind: 'refused', code: 'RUN_NOT_FOUND' }],
        [STORED],
        [STORED, STORED],
      ]);
    },
  },
];

/** Every sentence about what is not kept for ever. */
export const retentionCases: readonly StoreCase[] = [...cutCases, ...forgetCases];
