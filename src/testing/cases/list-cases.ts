import assert from 'node:assert/strict';
import type { EventStore, RunQuery, RunRecord } from '../../stores/index.ts';
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
