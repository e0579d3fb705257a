import assert from 'node:assert/strict';
import type { CommitOutcome, Stores } from '../../stores/index.ts';
import { checkpointOf, commitOf, eventOf, fill, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const TIMES = 8;
const WATCH_LIMIT_MS = 5_000;

/** Does something several times on each handle, all at once. */
function onEach<T>(
  handles: readonly Stores[],
  act: (stores: Stores, n: number) => Promise<T>,
): Promise<T[]> {
  const turns = Array.from({ length: TIMES * handles.length }, (_, n) => n);
  return Promise.all(turns.map((n) => act(handles[n % handles.length] as Stores, n)));
}

const countOf = (outcomes: readonly CommitOutcome[], kind: CommitOutcome['kind']): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length;

/** What holds of a log when many write to it at once, through one handle or several. */
export const raceCases: readonly StoreCase[] = [
  {
    name: 'of many commits with one key at once one is stored, and all others answer its events',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      const commits = Array.from({ length: 20 }, (_, n) =>
        commitOf('run_1', 1, { idempotencyKey: 'k', event: { eventId: `evt_of_${n}` } }),
      );
      const outcomes = await Promise.all(commits.map((commit) => events.append([commit])));
      assert.equal(countOf(outcomes.flat(), 'stored'), 1, 'commits that were stored');
      const kept = await events.findByKey('run_1', 'k');
      assert.equal(kept?.length, 1, 'events under the key');
      for (const [outcome] of outcomes) {
        if (outcome?.kind !== 'stored') {
          assert.deepEqual(outcome, { kind: 'repeat', runId: 'run_1', events: kept });
        }
      }
      assert.equal((await events.get('run_1'))?.lastSeq, 2);
    },
  },
  {
    name: 'a key that is repeated again and again answers the first events, whatever came since',
    run: async ({ shared }) => {
      const { events } = await shared();
      const first = commitOf('run_1', 0, { idempotencyKey: 'birth', count: 2 });
      await events.append([first]);
      const keyed = commitOf('run_1', 2, { idempotencyKey: 'k' });
      await events.append([keyed]);
      for (let seq = 3; seq < 8; seq += 1) {
        const event = { eventId: `evt_again_${seq}` };
        const [again, birth] = await events.append([
          commitOf('run_1', seq, { idempotencyKey: 'k', event }),
          commitOf(`run_${seq}`, 0, { idempotencyKey: 'birth', event }),
        ]);
        assert.deepEqual(again, { kind: 'repeat', runId: 'run_1', events: keyed.events });
        assert.deepEqual(birth, { kind: 'repeat', runId: 'run_1', events: first.events });
        await events.append([commitOf('run_1', seq)]);
      }
      assert.equal((await events.read('run_1', { limit: 99 })).events.length, 8);
    },
  },
  {
    name: 'of many commits on one seq through several handles exactly one is stored',
    requires: 'shared',
    run: async (stage) => {
      const handles = await stage.handles();
      await fill(handles[0].events, 'run_1', 1);
      const outcomes = await onEach(handles, ({ events }, n) =>
        events.append([commitOf('run_1', 1, { event: { eventId: `evt_of_${n}` } })]),
      );
      assert.equal(countOf(outcomes.flat(), 'stored'), 1, 'commits that were stored');
      const winner = outcomes.findIndex(([outcome]) => outcome?.kind === 'stored');
      for (const { events } of handles) {
        const page = await events.read('run_1', { limit: 9 });
        assert.deepEqual(page.events, [eventOf(1), eventOf(2, { eventId: `evt_of_${winner}` })]);
      }
    },
  },
  {
    name: 'of many creations with one key through several handles one run comes about',
    requires: 'shared',
    run: async (stage) => {
      const handles = await stage.handles();
      const outcomes = await onEach(handles, ({ events }, n) =>
        events.append([commitOf(`run_${n}`, 0, { idempotencyKey: 'k' })]),
      );
      assert.equal(countOf(outcomes.flat(), 'stored'), 1, 'runs that were created');
      assert.equal(countOf(outcomes.flat(), 'repeat'), outcomes.length - 1, 'repeats');
      const winner = outcomes.findIndex(([outcome]) => outcome?.kind === 'stored');
      for (const [outcome] of outcomes) {
        if (outcome?.kind === 'repeat') assert.equal(outcome.runId, `run_${winner}`);
      }
      for (const [n] of outcomes.entries()) {
        const isThere = (await handles[1].events.get(`run_${n}`)) !== undefined;
        assert.equal(isThere, n === winner, `whether run_${n} is there`);
      }
    },
  },
];

/** What several handles on one place know of each other. */
export const handleCases: readonly StoreCase[] = [
  {
    name: 'a take-over through another handle fences the owner at once, in logs, outputs and checkpoints',
    requires: 'shared',
    run: async (stage) => {
      const [mine, other] = await stage.handles();
      await mine.events.append([commitOf('run_1', 0, { run: { owner: 'own_1', epoch: 1 } })]);
      await other.events.append([commitOf('run_1', 1, { run: { owner: 'own_2', epoch: 2 } })]);
      const guard = { expectedEpoch: 1 };
      assert.deepEqual(await mine.events.append([commitOf('run_1', 2, guard)]), [
        { kind: 'refused', code: 'OWNER_FENCED' },
      ]);
      await rejectsWith('OWNER_FENCED', mine.outputs.append(outputOf('out_1'), guard));
      await rejectsWith('OWNER_FENCED', mine.checkpoints.save(checkpointOf(1), guard));
    },
  },
  {
    name: 'outputs and checkpoints through several handles at once keep their ids and versions apart',
    requires: 'shared',
    run: async (stage) => {
      const handles = await stage.handles();
      const appends = await onEach(handles, async ({ outputs }) =>
        outputs.append(outputOf('out_1')).then(
          () => true,
          () => false,
        ),
      );
      assert.equal(appends.filter(Boolean).length, 1, 'outputs of one id that were stored');
      const metas = await onEach(handles, ({ checkpoints }, n) =>
        checkpoints.save(checkpointOf(1, { values: { n } })),
      );
      assert.deepEqual(
        metas.map(({ version }) => version).toSorted((a, b) => a - b),
        metas.map((_, n) => n + 1),
      );
    },
  },
  {
    name: 'an owner is alive for every handle, and one that is alive cannot be enlisted',
    requires: 'shared',
    run: async (stage) => {
      const [mine, other] = await stage.handles();
      const lease = await mine.events.enlist('own_1');
      assert.equal(await other.events.isAlive('own_1'), true);
      await rejectsWith('STORE_BUSY', other.events.enlist('own_1'));
      await lease.release();
      assert.equal(await other.events.isAlive('own_1'), false);
      await (await other.events.enlist('own_1')).release();
    },
  },
  {
    name: 'a watch tells of runs that another handle wrote to, until it ends',
    requires: 'shared',
    run: async (stage) => {
      const [mine, other] = await stage.handles();
      const heard = new Set<string>();
      const news = Promise.withResolvers<void>();
      const stop = mine.events.watch((runIds) => {
        for (const runId of runIds) heard.add(runId);
        if (heard.has('run_1') && heard.has('run_2')) news.resolve();
      });
      await other.events.append([commitOf('run_1', 0), commitOf('run_2', 0)]);
      const timer = setTimeout(() => {
        news.reject(new assert.AssertionError({ message: `it told of ${[...heard].join(', ')}` }));
      }, WATCH_LIMIT_MS);
      await news.promise.finally(() => clearTimeout(timer));
      stop();
      stop();
    },
  },
];
