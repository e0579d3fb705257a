import assert from 'node:assert/strict';
import type { DueQuery, EventStore, RunRecord } from '../../stores/index.ts';
import { commitOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const ALL = { atMs: 1_000, definitions: ['writer', 'reader'] };

/** Creates runs of the definition "writer", unless told otherwise. */
async function createRuns(
  events: EventStore,
  runs: Readonly<Record<string, Partial<RunRecord>>>,
): Promise<void> {
  const commits = Object.entries(runs).map(([runId, run]) =>
    commitOf(runId, 0, { run: { definition: 'writer', ...run } }),
  );
  await events.append(commits);
}

/** The ids of all pages. */
async function pagesOf(events: EventStore, query: DueQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await events.due({ ...query, ...(cursor !== undefined && { cursor }) });
    assert.ok(page.runs.length <= query.limit);
    ids.push(...page.runs.map(({ runId }) => runId));
    cursor = page.nextCursor;
  }
  return ids;
}

/** What `due` promises. */
export const dueCases: readonly StoreCase[] = [
  {
    name: 'due are the runs of these definitions that nobody owns and whose instant has come',
    run: async ({ shared }) => {
      const { events } = await shared();
      await createRuns(events, {
        at: { wakeAtMs: 1_000 },
        after: { wakeAtMs: 1_001 },
        never: { wakeAtMs: null },
        owned: { wakeAtMs: 0, owner: 'own_1' },
        foreign: { wakeAtMs: 0, definition: 'other' },
        nameless: { wakeAtMs: 0, definition: null },
        atOnce: { wakeAtMs: 0, definition: 'reader' },
      });
      assert.deepEqual(await pagesOf(events, { ...ALL, limit: 9 }), ['atOnce', 'at']);
      const { runs } = await events.due({ ...ALL, limit: 9 });
      assert.deepEqual(runs[1], await events.get('at'));
      assert.deepEqual(await pagesOf(events, { ...ALL, definitions: [], limit: 9 }), []);
    },
  },
  {
    name: 'due runs come by their instant, then by creation, page by page',
    run: async ({ shared }) => {
      const { events } = await shared();
      const instants = [5, 0, 900, 5, 0, 5, 300, 0];
      const expected = [1, 4, 7, 0, 3, 5, 6, 2].map((i) => `run_${i}`);
      const runs = instants.map((wakeAtMs, i): [string, Partial<RunRecord>] => [
        `run_${i}`,
        { wakeAtMs, definition: i % 3 === 0 ? 'reader' : 'writer' },
      ]);
      await createRuns(events, Object.fromEntries(runs));
      const definitions = ['writer', 'reader', 'writer', 'unknown'];
      for (const limit of [1, 2, 3, 8, 9]) {
        assert.deepEqual(await pagesOf(events, { ...ALL, definitions, limit }), expected);
      }
    },
  },
  {
    name: 'a run that is taken, parked or ended meanwhile comes and goes with the next commit',
    run: async ({ shared }) => {
      const { events } = await shared();
      await createRuns(events, { a: { wakeAtMs: 1 }, b: { wakeAtMs: 2 }, c: { wakeAtMs: 3 } });
      const first = await events.due({ ...ALL, limit: 1 });
      assert.deepEqual(
        first.runs.map(({ runId }) => runId),
        ['a'],
      );
      const definition = 'writer';
      const taken = { definition, owner: 'own_1', wakeAtMs: null };
      await events.append([
        commitOf('a', 1, { run: taken }),
        commitOf('b', 1, { run: { definition, wakeAtMs: null } }),
      ]);
      assert.ok(first.nextCursor !== null);
      const next = await events.due({ ...ALL, limit: 9, cursor: first.nextCursor });
      assert.deepEqual(
        next.runs.map(({ runId }) => runId),
        ['c'],
      );
      await events.append([commitOf('a', 2, { run: { definition, wakeAtMs: 7 } })]);
      assert.deepEqual(await pagesOf(events, { ...ALL, limit: 9 }), ['c', 'a']);
      await events.append([commitOf('a', 3, { run: { definition, wakeAtMs: 2 } })]);
      assert.deepEqual(await pagesOf(events, { ...ALL, limit: 9 }), ['a', 'c']);
    },
  },
  {
    name: 'limit 0 answers no due run, and that there are some',
    run: async ({ shared }) => {
      const { events } = await shared();
      assert.deepEqual(await events.due({ ...ALL, limit: 0 }), { runs: [], nextCursor: null });
      await createRuns(events, { a: { wakeAtMs: 0 } });
      const { runs, nextCursor } = await events.due({ ...ALL, limit: 0 });
      assert.deepEqual(runs, []);
      assert.ok(nextCursor !== null);
      const page = await events.due({ ...ALL, limit: 1, cursor: nextCursor });
      assert.equal(page.runs[0]?.runId, 'a');
    },
  },
  {
    name: 'a cursor that no page of due runs gave out is refused with INPUT_INVALID',
    run: async ({ shared }) => {
      const { events } = await shared();
      for (const cursor of ['x', '', '1', '1.', '.1', '1.2.3', `${'9'.repeat(40)}.1`, '1.-1']) {
        await rejectsWith('INPUT_INVALID', events.due({ ...ALL, limit: 1, cursor }));
      }
      await rejectsWith('INPUT_INVALID', events.due({ ...ALL, limit: -1 }));
    },
  },
];
