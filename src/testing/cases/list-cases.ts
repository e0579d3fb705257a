import assert from 'node:assert/strict';
import type { CountQuery, EventStore, RunQuery, RunRecord } from '../../stores/index.ts';
import { commitOf, fill, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

/** The runs of all pages. */
async function pagesOf(events: EventStore, query: RunQuery): Promise<readonly RunRecord[]> {
  const runs: RunRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await events.list({ ...query, ...(cursor !== undefined && { cursor }) });
    assert.ok(page.runs.length <= query.limit, 'a page is no longer than was asked for');
    runs.push(...page.runs);
    cursor = page.nextCursor;
  }
  return runs;
}

/** What `list` promises. */
export const listCases: readonly StoreCase[] = [
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
          const seen = await pagesOf(events, { ...query, limit });
          assert.deepEqual(seen, expected, `list ${JSON.stringify({ ...query, limit })}`);
        }
      }
    },
  },
  {
    name: 'runs are listed oldest first where that is asked for, and of a span of time only those created in it',
    run: async ({ create }) => {
      const { events } = await create();
      // Not in the order of their instants: clocks of processes differ, and are set back.
      const instants = [500, 100, 300, 200, 700, 400, 400, 600, 100, 900];
      const commits = instants.map((createdAtMs, i) => {
        const status = i % 3 === 0 ? 'executing' : 'completed';
        const sessionId = `ses_${i % 2}`;
        const run = { createdAtMs, status, sessionId, owner: i < 5 ? 'own_1' : null };
        return commitOf(`run_${i}`, 0, { run });
      });
      await events.append(commits);
      const all = commits.map(({ run }) => run);
      const spans: readonly Partial<RunQuery>[] = [
        {},
        { createdFromMs: 400 },
        { createdBeforeMs: 400 },
        { createdFromMs: 200, createdBeforeMs: 600 },
        { createdFromMs: 901 },
        { createdBeforeMs: 100 },
        { createdFromMs: 500, createdBeforeMs: 500 },
      ];
      const filters: readonly Partial<RunQuery>[] = [
        {},
        { statuses: ['executing'] },
        { statuses: ['executing', 'completed'], sessionId: 'ses_0' },
        { owner: 'own_1' },
      ];
      for (const query of spans.flatMap((span) => filters.map((one) => ({ ...span, ...one })))) {
        const { createdFromMs = 0, createdBeforeMs = Infinity } = query;
        const expected = all.filter(
          (run) =>
            run.createdAtMs >= createdFromMs &&
            run.createdAtMs < createdBeforeMs &&
            (query.statuses?.includes(run.status) ?? true) &&
            (query.sessionId ?? run.sessionId) === run.sessionId &&
            (query.owner ?? run.owner) === run.owner,
        );
        for (const limit of [1, 3, 100]) {
          const oldest = { ...query, limit, order: 'oldest' } as const;
          const newest = { ...query, limit, order: 'newest' } as const;
          assert.deepEqual(await pagesOf(events, oldest), expected, JSON.stringify(oldest));
          const turned = expected.toReversed();
          assert.deepEqual(await pagesOf(events, newest), turned, JSON.stringify(newest));
        }
      }
    },
  },
  {
    name: 'runs created meanwhile come at the end of a list that begins with the oldest',
    run: async ({ create }) => {
      const { events } = await create();
      for (const id of ['a', 'b', 'c']) await fill(events, id, 1);
      const first = await events.list({ limit: 2, order: 'oldest' });
      await fill(events, 'd', 1);
      assert.ok(first.nextCursor !== null);
      const rest = await events.list({ limit: 9, order: 'oldest', cursor: first.nextCursor });
      const ids = [...first.runs, ...rest.runs].map(({ runId }) => runId);
      assert.deepEqual(ids, ['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'runs are counted by status, all of them or those of a session or a definition',
    run: async ({ create }) => {
      const { events } = await create();
      assert.deepEqual(await events.countByStatus({}), {});
      const statuses = ['created', 'executing', 'completed', 'completed', 'created', 'failed'];
      const runs = statuses.map((status, i) => {
        const definition = i < 3 ? 'writer' : null;
        return { status, definition, sessionId: `ses_${i % 2}` };
      });
      await events.append(runs.map((run, i) => commitOf(`run_${i}`, 0, { run })));
      const counted = (query: CountQuery): Promise<Readonly<Record<string, number>>> =>
        events.countByStatus(query);
      const all = { created: 2, executing: 1, completed: 2, failed: 1 };
      assert.deepEqual(await counted({}), all);
      assert.deepEqual(await counted({ sessionId: 'ses_0' }), { created: 2, completed: 1 });
      assert.deepEqual(await counted({ definition: 'writer' }), {
        created: 1,
        executing: 1,
        completed: 1,
      });
      assert.deepEqual(await counted({ definition: 'writer', sessionId: 'ses_1' }), {
        executing: 1,
      });
      assert.deepEqual(await counted({ sessionId: 'nobody' }), {});
      await events.append([commitOf('run_0', 1, { run: { ...runs[0], status: 'failed' } })]);
      assert.deepEqual(await counted({}), { ...all, created: 1, failed: 2 });
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
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      assert.deepEqual((await events.list({ limit: 0 })).runs, []);
    },
  },
  {
    name: 'a cursor that no page gave out is refused with INPUT_INVALID',
    run: async ({ shared }) => {
      const { events } = await shared();
      for (const cursor of ['x', '-1', '1.5', '', '1e3', '9'.repeat(40), '1; DROP TABLE runs']) {
        await rejectsWith('INPUT_INVALID', events.list({ limit: 1, cursor }));
      }
    },
  },
];
