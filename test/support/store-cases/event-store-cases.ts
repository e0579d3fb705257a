import assert from 'node:assert/strict';
import { appendCases, keyCases } from './append-cases.ts';
import { dueCases } from './due-cases.ts';
import { commitOf, eventOf, fill, ODD_STRINGS, rejectsWith } from './builders.ts';
import type { RunQuery } from '../../../src/stores/index.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };

/** What `read` and `get` promise. */
const readCases: readonly StoreCase[] = [
  {
    name: 'pages follow each other without gap or repeat',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 7);
      const seen: number[] = [];
      let afterSeq = 0;
      for (let hasMore = true; hasMore;) {
        const page = await events.read('run_1', { afterSeq, limit: 3 });
        seen.push(...page.events.map(({ seq }) => seq));
        ({ hasMore, nextAfterSeq: afterSeq } = page);
      }
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
    },
  },
  {
    name: 'afterSeq is exclusive and a page that ends the log has no more',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 4);
      const page = await events.read('run_1', { afterSeq: 2, limit: 2 });
      const expected = { events: [eventOf(3), eventOf(4)], nextAfterSeq: 4, hasMore: false };
      assert.deepEqual(page, { ...expected, firstSeq: 1, base: null });
    },
  },
  {
    name: 'limit 0 gives an empty page that tells whether there is more',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 2);
      const empty = { events: [], firstSeq: 1, base: null };
      const at = (afterSeq: number) => events.read('run_1', { afterSeq, limit: 0 });
      assert.deepEqual(await at(1), { ...empty, nextAfterSeq: 1, hasMore: true });
      assert.deepEqual(await at(2), { ...empty, nextAfterSeq: 2, hasMore: false });
    },
  },
  {
    name: 'reading after the end gives an empty page at the same place',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 2);
      const page = await events.read('run_1', { afterSeq: 99, limit: 5 });
      const empty = { events: [], firstSeq: 1, base: null };
      assert.deepEqual(page, { ...empty, nextAfterSeq: 99, hasMore: false });
    },
  },
  {
    name: 'reading an unknown run rejects with RUN_NOT_FOUND and names it; get answers undefined',
    run: async ({ create }) => {
      const { events } = await create();
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
          forkedFrom: odd,
        };
        const commit = commitOf(odd, 0, { idempotencyKey: odd, run, event: { type: odd } });
        assert.deepEqual(await events.append([commit]), [STORED], `string ${i}`);
      }
      assert.deepEqual(new Set(await events.owners()), new Set(ODD_STRINGS));
      for (const odd of ODD_STRINGS) {
        assert.equal((await events.get(odd))?.runId, odd);
        assert.equal((await events.read(odd, { limit: 1 })).events[0]?.type, odd);
        const ids = async (query: Partial<RunQuery>): Promise<readonly string[]> =>
          (await events.list({ ...query, limit: 9 })).runs.map(({ runId }) => runId);
        assert.deepEqual(await ids({ statuses: [odd], sessionId: odd }), [odd]);
        assert.deepEqual(await ids({ owner: odd }), [odd]);
        assert.deepEqual(await ids({ parentRunId: odd }), [odd]);
        assert.deepEqual(await ids({ forkedFrom: odd }), [odd]);
      }
    },
  },
  {
    name: 'payload and snapshot are kept to the character',
    run: async ({ create }) => {
      const { events } = await create();
      const payload = `{"a":-0,"b":9007199254740993,"__proto__":{"x":1},"c":"\\ud800 é 🏃\\u0000", "d":1e400}`;
      const snapshot = JSON.stringify({ text: '\ud800\u0000', big: 2 ** 53, zero: -0 });
      await events.append([commitOf('run_1', 0, { event: { payload }, run: { snapshot } })]);
      assert.equal((await events.read('run_1', { limit: 1 })).events[0]?.payload, payload);
      assert.equal((await events.get('run_1'))?.snapshot, snapshot);
    },
  },
  {
    name: 'what a reader does to an answer does not reach the store',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 2);
      const page = await events.read('run_1', { limit: 5 });
      (page.events as unknown[]).length = 0;
      assert.equal((await events.read('run_1', { limit: 5 })).events.length, 2);
    },
  },
];

/** What `list` promises. */
const listCases: readonly StoreCase[] = [
  {
    name: 'runs are listed newest first, with any filter, page by page',
    run: async ({ create }) => {
      const { events } = await create();
      const statuses = ['created', 'executing', 'completed'];
      const commits = Array.from({ length: 12 }, (_, i) => {
        const status = statuses[i % 3] ?? 'created';
        const run = {
          status,
          sessionId: `ses_${i % 2}`,
          definition: i % 4 === 0 ? 'writer' : null,
          owner: i % 5 === 0 ? null : `own_${i % 5}`,
          parentRunId: i % 2 === 0 ? null : `run_${i % 3}`,
          forkedFrom: i > 6 ? 'run_0' : null,
        };
        return commitOf(`run_${i}`, 0, { run });
      });
      await events.append(commits);
      const all = commits.map(({ run }) => run).toReversed();
      const queries: readonly Partial<RunQuery>[] = [
        {},
        { statuses: ['executing'] },
        { statuses: ['executing', 'completed', 'executing'] },
        { statuses: [] },
        { sessionId: 'ses_1' },
        { definition: 'writer' },
        { statuses: ['created', 'completed'], sessionId: 'ses_0', definition: 'writer' },
        { owner: 'own_1' },
        { owner: 'own_9' },
        { parentRunId: 'run_1' },
        { forkedFrom: 'run_0' },
        { statuses: ['created', 'completed'], parentRunId: 'run_1' },
        { statuses: [], forkedFrom: 'run_0' },
        { statuses: ['executing'], owner: 'own_4', sessionId: 'ses_0' },
        { owner: 'own_2', parentRunId: 'run_1', forkedFrom: 'run_0', sessionId: 'ses_1' },
      ];
      for (const query of queries) {
        const expected = all.filter(
          (run) =>
            (query.statuses?.includes(run.status) ?? true) &&
            (query.sessionId ?? run.sessionId) === run.sessionId &&
            (query.definition ?? run.definition) === run.definition &&
            (query.owner ?? run.owner) === run.owner &&
            (query.parentRunId ?? run.parentRunId) === run.parentRunId &&
            (query.forkedFrom ?? run.forkedFrom) === run.forkedFrom,
        );
        for (const limit of [1, 2, 5, 100]) {
          const seen = [];
          let cursor: string | null = null;
          do {
            const page = await events.list({
              ...query,
              limit,
              ...(cursor === null ? {} : { cursor }),
            });
            assert.ok(page.runs.length <= limit);
            seen.push(...page.runs);
            cursor = page.nextCursor;
          } while (cursor !== null);
          assert.deepEqual(seen, expected, JSON.stringify({ query, limit }));
        }
      }
    },
  },
  {
    name: 'a status that changed moves the run to the lists of its new status',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 1);
      await events.append([commitOf('run_1', 1, { run: { status: 'completed' } })]);
      assert.deepEqual((await events.list({ statuses: ['created'], limit: 5 })).runs, []);
      assert.equal((await events.list({ statuses: ['completed'], limit: 5 })).runs.length, 1);
    },
  },
  {
    name: 'an owner that changed moves the run to the list of its new owner',
    run: async ({ create }) => {
      const { events } = await create();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_1' } })]);
      await events.append([commitOf('run_1', 1, { run: { owner: 'own_1' } })]);
      await events.append([commitOf('run_1', 2, { run: { owner: 'own_2' } })]);
      assert.deepEqual((await events.list({ owner: 'own_1', limit: 5 })).runs, []);
      assert.equal((await events.list({ owner: 'own_2', limit: 5 })).runs.length, 1);
      assert.deepEqual(await events.owners(), ['own_2']);
      await events.append([commitOf('run_1', 3, { run: { owner: null } })]);
      assert.deepEqual((await events.list({ owner: 'own_2', limit: 5 })).runs, []);
      assert.deepEqual(await events.owners(), []);
    },
  },
  {
    name: 'owners of many runs are answered once each',
    run: async ({ create }) => {
      const { events } = await create();
      const owners = ['own_b', 'own_a', null, 'own_c', 'own_a', 'own_b', null];
      await events.append(owners.map((owner, i) => commitOf(`run_${i}`, 0, { run: { owner } })));
      assert.deepEqual((await events.owners()).toSorted(), ['own_a', 'own_b', 'own_c']);
    },
  },
  {
    name: 'runs created meanwhile do not shift the pages that follow',
    run: async ({ create }) => {
      const { events } = await create();
      for (const id of ['a', 'b', 'c', 'd']) await fill(events, id, 1);
      const first = await events.list({ limit: 2 });
      await fill(events, 'e', 1);
      assert.ok(first.nextCursor !== null);
      const second = await events.list({ limit: 2, cursor: first.nextCursor });
      const ids = [...first.runs, ...second.runs].map(({ runId }) => runId);
      assert.deepEqual(ids, ['d', 'c', 'b', 'a']);
    },
  },
  {
    name: 'limit 0 lists nothing',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 1);
      assert.deepEqual((await events.list({ limit: 0 })).runs, []);
    },
  },
  {
    name: 'a cursor that no page gave out is refused with INPUT_INVALID',
    run: async ({ create }) => {
      const { events } = await create();
      for (const cursor of ['x', '-1', '1.5', '', '1e3', '9'.repeat(40), '1; DROP TABLE runs']) {
        await rejectsWith('INPUT_INVALID', events.list({ limit: 1, cursor }));
      }
    },
  },
];

const lifeCases: readonly StoreCase[] = [
  {
    name: 'after close every call rejects with STORE_CLOSED, and stores open again with all they had',
    run: async ({ create }) => {
      const stores = await create();
      const { events, outputs, checkpoints } = stores;
      await fill(events, 'run_1', 2);
      await stores.close();
      const line = { definition: 'd', runId: 'r' };
      const calls = [
        () => events.append([]),
        () => events.read('run_1', { limit: 1 }),
        () => events.get('run_1'),
        () => events.findByKey('run_1', 'k'),
        () => events.list({ limit: 1 }),
        () => events.due({ atMs: 1, definitions: ['d'], limit: 1 }),
        () => events.owners(),
        () => events.cut('run_1', 1, '{}'),
        () => events.secret(),
        () => events.enlist('own_1'),
        () => events.isAlive('own_1'),
        () => outputs.get('out_1'),
        () => outputs.list({ runId: 'r', limit: 1 }),
        () => checkpoints.latest(line),
        () => checkpoints.delete(line),
        () => stores.forget(['run_1']),
        () => stores.compact(),
        () => stores.diagnose(),
      ];
      for (const call of calls) await rejectsWith('STORE_CLOSED', call());
      await stores.open();
      assert.equal((await events.read('run_1', { limit: 9 })).events.length, 2);
    },
  },
  {
    name: 'stores opened twice are closed by the second close',
    run: async ({ create }) => {
      const stores = await create();
      await stores.open();
      await stores.close();
      await fill(stores.events, 'run_1', 1);
      await stores.close();
      await rejectsWith('STORE_CLOSED', stores.events.get('run_1'));
      await stores.open();
    },
  },
  {
    name: 'calls under way settle before close resolves',
    run: async ({ create }) => {
      const stores = await create();
      const appends = Array.from({ length: 10 }, (_, i) =>
        stores.events.append([commitOf(`r${i}`, 0)]),
      );
      await stores.close();
      const outcomes = (await Promise.all(appends)).flat();
      assert.equal(outcomes.filter(({ kind }) => kind === 'stored').length, 10);
      await stores.open();
    },
  },
  {
    name: 'an owner is alive from enlisting to release',
    run: async ({ create }) => {
      const { events } = await create();
      assert.equal(await events.isAlive('own_1'), false);
      const lease = await events.enlist('own_1');
      const other = await events.enlist('../own 2');
      assert.equal(lease.ownerId, 'own_1');
      assert.equal(await events.isAlive('own_1'), true);
      assert.equal(await events.isAlive('../own 2'), true);
      await lease.release();
      await lease.release();
      assert.equal(await events.isAlive('own_1'), false);
      await other.release();
    },
  },
  {
    name: 'the secret is the same whenever it is asked for, long, and another in other stores',
    run: async ({ create }) => {
      const stores = await create();
      const secret = await stores.events.secret();
      assert.match(secret, /^.{32,}$/);
      await stores.close();
      await stores.open();
      assert.equal(await stores.events.secret(), secret);
      assert.notEqual(await (await create()).events.secret(), secret);
    },
  },
  {
    name: 'healthy stores have facts and no problems',
    run: async ({ create }) => {
      const stores = await create();
      await fill(stores.events, 'run_1', 2);
      const { facts, problems } = await stores.diagnose();
      assert.equal(facts['runs'], 1);
      assert.deepEqual(problems, []);
    },
  },
];

/** Every sentence of the contract of the event store, and of the stores as a whole. */
export const eventStoreCases: readonly StoreCase[] = [
  ...appendCases,
  ...keyCases,
  ...readCases,
  ...listCases,
  ...dueCases,
  ...lifeCases,
];
