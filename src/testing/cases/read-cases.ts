import assert from 'node:assert/strict';
import type { RunQuery } from '../../stores/index.ts';
import { commitOf, eventOf, fill, ODD_STRINGS, rejectsWith, seqsInPages } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

/** What `read` and `get` promise. */
export const readCases: readonly StoreCase[] = [
  {
    name: 'pages follow each other without gap or repeat',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 7);
      assert.deepEqual(await seqsInPages(events, 'run_1', 3), [1, 2, 3, 4, 5, 6, 7]);
    },
  },
  {
    name: 'afterSeq is exclusive and a page that ends the log has no more',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 4);
      const page = await events.read('run_1', { afterSeq: 2, limit: 2 });
      const expected = { events: [eventOf(3), eventOf(4)], nextAfterSeq: 4, hasMore: false };
      assert.deepEqual(page, { ...expected, firstSeq: 1, base: null });
    },
  },
  {
    name: 'limit 0 gives an empty page that tells whether there is more',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 2);
      const empty = { events: [], firstSeq: 1, base: null };
      const at = (afterSeq: number) => events.read('run_1', { afterSeq, limit: 0 });
      assert.deepEqual(await at(1), { ...empty, nextAfterSeq: 1, hasMore: true });
      assert.deepEqual(await at(2), { ...empty, nextAfterSeq: 2, hasMore: false });
    },
  },
  {
    name: 'reading after the end gives an empty page at the same place',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 2);
      const page = await events.read('run_1', { afterSeq: 99, limit: 5 });
      const empty = { events: [], firstSeq: 1, base: null };
      assert.deepEqual(page, { ...empty, nextAfterSeq: 99, hasMore: false });
    },
  },
  {
    name: 'reading an unknown run rejects with RUN_NOT_FOUND and names it; get answers undefined',
    run: async ({ shared }) => {
      const { events } = await shared();
      const error = await rejectsWith('RUN_NOT_FOUND', events.read('run_nope', { limit: 1 }));
      assert.match(error.message, /run_nope/);
      assert.equal(await events.get('run_nope'), undefined);
    },
  },
  {
    name: 'ids, keys and texts of any characters are kept apart and come back as they were',
    run: async ({ create }) => {
      const { events } = await create();
      for (const [i, odd] of ODD_STRINGS.entries()) {
        const run = {
          sessionId: odd,
          definition: odd,
          status: odd,
          owner: odd,
          parentRunId: odd,
        };
        const commit = commitOf(odd, 0, { idempotencyKey: odd, run, event: { type: odd } });
        const fork = commitOf(`fork ${i}`, 0, { run: { forkedFrom: odd } });
        assert.deepEqual(await events.append([commit, fork]), [STORED, STORED], `string ${i}`);
      }
      assert.deepEqual(new Set(await events.owners()), new Set(ODD_STRINGS));
      for (const [i, odd] of ODD_STRINGS.entries()) {
        assert.equal((await events.get(odd))?.runId, odd);
        assert.equal((await events.read(odd, { limit: 1 })).events[0]?.type, odd);
        const ids = async (query: Partial<RunQuery>): Promise<readonly string[]> =>
          (await events.list({ ...query, limit: 99 })).runs.map(({ runId }) => runId);
        assert.deepEqual(await ids({ statuses: [odd], sessionId: odd }), [odd]);
        assert.deepEqual(await ids({ owner: odd }), [odd]);
        assert.deepEqual(await ids({ parentRunId: odd }), [odd]);
        assert.deepEqual(await ids({ forkedFrom: odd }), [`fork ${i}`]);
      }
    },
  },
  {
    name: 'payload and snapshot are kept to the character',
    run: async ({ shared }) => {
      const { events } = await shared();
      const payload = `{"a":-0,"b":9007199254740993,"__proto__":{"x":1},"c":"\\ud800 é 🏃\\u0000", "d":1e400}`;
      const snapshot = JSON.stringify({ text: '\ud800\u0000', big: 2 ** 53, zero: -0 });
      await events.append([commitOf('run_1', 0, { event: { payload }, run: { snapshot } })]);
      assert.equal((await events.read('run_1', { limit: 1 })).events[0]?.payload, payload);
      assert.equal((await events.get('run_1'))?.snapshot, snapshot);
    },
  },
  {
    name: 'what a reader does to an answer does not reach the store',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 2);
      const page = await events.read('run_1', { limit: 5 });
      (page.events as unknown[]).length = 0;
      assert.equal((await events.read('run_1', { limit: 5 })).events.length, 2);
    },
  },
];
