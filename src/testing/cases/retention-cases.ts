import assert from 'node:assert/strict';
import type { EventStore, Stores } from '../../stores/index.ts';
import { checkpointOf, commitOf, eventOf, fill, FINAL, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

const seqs = async (events: EventStore, runId: string, afterSeq = 0): Promise<readonly number[]> =>
  (await events.read(runId, { afterSeq, limit: 99 })).events.map(({ seq }) => seq);

const listed = async ({ events }: Stores): Promise<readonly string[]> =>
  (await events.list({ limit: 99 })).runs.map(({ runId }) => runId);

/** What `cut` promises. */
const cutCases: readonly StoreCase[] = [
  {
    name: 'a cut log begins after the cut, with the snapshot that it builds on',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 6);
      await fill(events, 'run_2', 6);
      const before = await events.get('run_1');
      await events.cut('run_1', 4, '{"at":4}');
      const page = { firstSeq: 5, base: '{"at":4}', nextAfterSeq: 6, hasMore: false };
      const rest = { events: [eventOf(5), eventOf(6)], ...page };
      assert.deepEqual(await events.read('run_1', { limit: 9 }), rest);
      assert.deepEqual(await events.read('run_1', { afterSeq: 2, limit: 9 }), rest);
      const last = { events: [eventOf(6)], ...page };
      assert.deepEqual(await events.read('run_1', { afterSeq: 5, limit: 9 }), last);
      assert.deepEqual(await events.get('run_1'), before);
      const whole = await events.read('run_2', { limit: 9 });
      assert.deepEqual([whole.firstSeq, whole.base, whole.events.length], [1, null, 6]);
    },
  },
  {
    name: 'pages of a cut log follow each other without gap or repeat',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 9);
      await events.cut('run_1', 2, '{}');
      const seen: number[] = [];
      let afterSeq = 0;
      for (let hasMore = true; hasMore;) {
        const page = await events.read('run_1', { afterSeq, limit: 3 });
        seen.push(...page.events.map(({ seq }) => seq));
        ({ hasMore, nextAfterSeq: afterSeq } = page);
      }
      assert.deepEqual(seen, [3, 4, 5, 6, 7, 8, 9]);
    },
  },
  {
    name: 'what is cut stays cut: a later cut goes on from there, an earlier one changes nothing',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 6);
      await events.cut('run_1', 0, 'nothing');
      assert.equal((await events.read('run_1', { limit: 0 })).base, null);
      await events.cut('run_1', 3, 'three');
      for (const throughSeq of [3, 2, 0]) await events.cut('run_1', throughSeq, 'again');
      const { firstSeq, base } = await events.read('run_1', { limit: 0 });
      assert.deepEqual([firstSeq, base], [4, 'three']);
      await events.cut('run_1', 5, 'five');
      assert.deepEqual(await seqs(events, 'run_1'), [6]);
      assert.equal((await events.read('run_1', { limit: 0 })).base, 'five');
    },
  },
  {
    name: 'the last event is never cut, and what is no event before it is INPUT_INVALID',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 3);
      for (const throughSeq of [3, 4, -1, 0.5, Number.NaN]) {
        await rejectsWith('INPUT_INVALID', events.cut('run_1', throughSeq, '{}'));
      }
      await rejectsWith('RUN_NOT_FOUND', events.cut('run_9', 1, '{}'));
      assert.deepEqual(await seqs(events, 'run_1'), [1, 2, 3]);
    },
  },
  {
    name: 'a cut run is written to as before',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 3);
      await events.cut('run_1', 2, '{}');
      const [stored, conflict] = await events.append([
        commitOf('run_1', 3),
        commitOf('run_1', 3, { run: { status: 'wrong' } }),
      ]);
      assert.deepEqual(stored, STORED);
      assert.deepEqual(conflict, { kind: 'refused', code: 'SEQ_CONFLICT' });
      assert.deepEqual(await seqs(events, 'run_1'), [3, 4]);
    },
  },
  {
    name: 'a key is unknown once an event of it was cut, and may be used again',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      await events.append([
        commitOf('run_1', 1, { idempotencyKey: 'gone' }),
        commitOf('run_1', 2, { idempotencyKey: 'half', count: 2 }),
        commitOf('run_1', 4, { idempotencyKey: 'kept', count: 2 }),
      ]);
      await events.cut('run_1', 3, '{}');
      assert.equal(await events.findByKey('run_1', 'gone'), undefined);
      assert.equal(await events.findByKey('run_1', 'half'), undefined);
      assert.equal((await events.findByKey('run_1', 'kept'))?.length, 2);
      const [half, gone, kept] = await events.append([
        commitOf('run_1', 6, { idempotencyKey: 'half' }),
        commitOf('run_1', 7, { idempotencyKey: 'gone' }),
        commitOf('run_1', 8, { idempotencyKey: 'kept' }),
      ]);
      assert.deepEqual([half, gone], [STORED, STORED]);
      assert.equal(kept?.kind, 'repeat');
      assert.deepEqual(await events.findByKey('run_1', 'half'), [eventOf(7)]);
    },
  },
  {
    name: 'the key of a creation is known for ever: after a cut a repeat answers no events',
    run: async ({ shared }) => {
      const { events } = await shared();
      const key = { idempotencyKey: 'k' };
      await events.append([commitOf('run_1', 0, { ...key, count: 3 })]);
      const repeat = async (): Promise<unknown> =>
        (await events.append([commitOf('run_2', 0, key)]))[0];
      for (const throughSeq of [1, 2]) {
        await events.cut('run_1', throughSeq, '{}');
        assert.deepEqual(await repeat(), { kind: 'repeat', runId: 'run_1', events: [] });
      }
      await events.append([commitOf('run_1', 3)]);
      await events.cut('run_1', 3, '{}');
      assert.deepEqual(await repeat(), { kind: 'repeat', runId: 'run_1', events: [] });
    },
  },
];

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
