import assert from 'node:assert/strict';
import type { EventStore } from '../../stores/index.ts';
import { commitOf, eventOf, fill, rejectsWith, seqsInPages } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

const seqs = async (events: EventStore, runId: string, afterSeq = 0): Promise<readonly number[]> =>
  (await events.read(runId, { afterSeq, limit: 99 })).events.map(({ seq }) => seq);

/** What `cut` promises. */
export const cutCases: readonly StoreCase[] = [
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
      assert.deepEqual(await seqsInPages(events, 'run_1', 3), [3, 4, 5, 6, 7, 8, 9]);
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
