import assert from 'node:assert/strict';
import { diffState } from '../../stores/index.ts';
import type {
  ChannelValues,
  CheckpointDraft,
  Checkpointer,
  CheckpointRef,
  StatePatch,
} from '../../stores/index.ts';
import { checkpointOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const LINE = { definition: 'writer', runId: 'run_1' };
const FIRST: CheckpointRef = { superStep: 1, version: 1 };

/** A checkpoint of which a store gets the patch only: it can keep nothing else. */
function changeOf(
  superStep: number,
  from: CheckpointRef,
  patch: StatePatch,
  fields: Partial<CheckpointDraft> = {},
): CheckpointDraft {
  return checkpointOf(superStep, { change: { from, patch }, ...fields });
}

/** Saves what becomes of `values` after the checkpoint `last`, as the runtime does. */
async function saveNext(
  store: Checkpointer,
  superStep: number,
  last: { readonly ref: CheckpointRef; readonly values: ChannelValues } | undefined,
  values: ChannelValues,
): Promise<{ readonly ref: CheckpointRef; readonly values: ChannelValues }> {
  const change = last && { from: last.ref, patch: diffState(last.values, values) };
  const draft = checkpointOf(superStep, { values, ...(change && { change }) });
  const { version } = await store.save(draft);
  return { ref: { superStep, version }, values };
}

/** Saves of a change: what is loaded is what the values were. */
export const changeCases: readonly StoreCase[] = [
  {
    name: 'a change is loaded as the values that it leads to, and so is what it builds on',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const list = Array.from({ length: 40 }, (_, n) => `item ${n}`);
      const map = JSON.parse(
        '{"__proto__":1,"constructor":2,"long":"a text of some length"}',
      ) as {};
      const before = { list, map, n: 1, 'a channel': null };
      const after = {
        ...before,
        list: [...list.slice(0, 20), { added: true }, ...list.slice(21)],
        map: { ...map, more: [1] },
        n: 2,
        'new channel': '🏃',
      };
      const first = await saveNext(checkpoints, 1, undefined, before);
      await saveNext(checkpoints, 2, first, after);
      const [one, two] = await Promise.all(
        [1, 2].map((superStep) => checkpoints.load({ ...LINE, superStep })),
      );
      assert.deepEqual(one, { ...checkpointOf(1), version: 1, values: before });
      assert.deepEqual(two, { ...checkpointOf(2), version: 1, values: after });
      assert.deepEqual(await checkpoints.latest(LINE), two);
      assert.equal((await checkpoints.list(LINE)).length, 2);
    },
  },
  {
    name: 'every step of a long line loads as it was, whether it grows, shrinks or is written anew',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const texts: string[] = [];
      let last: Awaited<ReturnType<typeof saveNext>> | undefined;
      for (let step = 0; step < 150; step += 1) {
        const { log = [], map = {} } = (last?.values ?? {}) as { log?: string[]; map?: object };
        const values: ChannelValues = {
          log: step % 50 === 49 ? log.slice(-3) : [...log, `line ${step} `.repeat(5)],
          map: { ...map, [`m${step % 20}`]: step },
          state: step % 30 === 0 ? 'x'.repeat(3_000) : step,
        };
        last = await saveNext(checkpoints, step, last, values);
        texts.push(JSON.stringify(values));
      }
      for (const [superStep, text] of texts.entries()) {
        const loaded = await checkpoints.load({ ...LINE, superStep });
        assert.deepEqual(loaded?.values, JSON.parse(text));
      }
    },
  },
  {
    name: 'a change builds on the very version it names, whatever was saved since',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const long = 'x'.repeat(500);
      const patch = (n: number): StatePatch => [['n', { op: 'set', value: n }]];
      await checkpoints.save(checkpointOf(1, { values: { long, from: 'first' } }));
      await checkpoints.save(changeOf(2, FIRST, patch(2)));
      await checkpoints.save(checkpointOf(1, { values: { long, from: 'second' } }));
      const again = await checkpoints.save(changeOf(2, { superStep: 1, version: 2 }, patch(22)));
      const aside = await checkpoints.save(changeOf(0, { superStep: 2, version: 1 }, patch(0)));
      const behind = await checkpoints.save(changeOf(3, FIRST, patch(3)));
      assert.deepEqual([again.version, aside.version, behind.version], [2, 1, 1]);
      const valuesOf = async (superStep: number) =>
        (await checkpoints.load({ ...LINE, superStep }))?.values;
      assert.deepEqual(await valuesOf(0), { long, from: 'first', n: 0 });
      assert.deepEqual(await valuesOf(1), { long, from: 'second' });
      assert.deepEqual(await valuesOf(2), { long, from: 'second', n: 22 });
      assert.deepEqual(await valuesOf(3), { long, from: 'first', n: 3 });
    },
  },
  {
    name: 'a super-step can be saved again as a change of itself',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1, { values: { long: 'x'.repeat(500), n: 0 } }));
      for (let version = 1; version < 5; version += 1) {
        const patch: StatePatch = [['n', { op: 'set', value: version }]];
        const meta = await checkpoints.save(changeOf(1, { superStep: 1, version }, patch));
        assert.equal(meta.version, version + 1);
      }
      assert.equal((await checkpoints.latest(LINE))?.values['n'], 4);
    },
  },
  {
    name: 'changes saved at once see each other in the order of the calls',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const saves = [checkpoints.save(checkpointOf(1, { values: { list: ['x'.repeat(300)] } }))];
      for (let step = 2; step <= 30; step += 1) {
        const patch: StatePatch = [
          ['list', { op: 'splice', at: step - 1, remove: 0, add: [step] }],
        ];
        saves.push(checkpoints.save(changeOf(step, { superStep: step - 1, version: 1 }, patch)));
      }
      await Promise.all(saves);
      const list = (await checkpoints.latest(LINE))?.values['list'];
      assert.deepEqual(list, ['x'.repeat(300), ...Array.from({ length: 29 }, (_, n) => n + 2)]);
    },
  },
  {
    name: 'a change of a checkpoint that is not there is refused, and nothing is stored',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1, { runId: 'run_2' }));
      await checkpoints.save(checkpointOf(1, { definition: 'other' }));
      const refused = async (from: CheckpointRef): Promise<void> => {
        await rejectsWith('CHECKPOINT_NOT_FOUND', checkpoints.save(changeOf(2, from, [])));
      };
      await refused(FIRST);
      assert.deepEqual(await checkpoints.list(LINE), []);
      await checkpoints.save(checkpointOf(1));
      await refused({ superStep: 1, version: 2 });
      await refused({ superStep: 2, version: 1 });
      assert.equal((await checkpoints.list(LINE)).length, 1);
    },
  },
  {
    name: 'delete removes what changes build on as well',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1, { values: { long: 'x'.repeat(500) } }));
      await checkpoints.save(changeOf(2, FIRST, [['n', { op: 'set', value: 1 }]]));
      await checkpoints.delete(LINE);
      await rejectsWith('CHECKPOINT_NOT_FOUND', checkpoints.save(changeOf(3, FIRST, [])));
      assert.equal(await checkpoints.latest(LINE), undefined);
      await checkpoints.save(checkpointOf(1, { values: { other: true } }));
      await checkpoints.save(changeOf(2, FIRST, []));
      assert.deepEqual((await checkpoints.latest(LINE))?.values, { other: true });
    },
  },
  {
    name: 'what callers do to values and patches later does not show',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const value = { list: ['x'.repeat(500)] };
      await checkpoints.save(checkpointOf(1, { values: { value } }));
      const added = { inner: [1] };
      const patch: StatePatch = [['value', { op: 'merge', drop: [], set: { added } }]];
      await checkpoints.save(changeOf(2, FIRST, patch));
      value.list.push('later');
      added.inner.push(2);
      const load = () => checkpoints.load({ ...LINE, superStep: 2 });
      const expected = { value: { list: ['x'.repeat(500)], added: { inner: [1] } } };
      const loaded = (await load())?.values as { value: { list: string[] } };
      assert.deepEqual(loaded, expected);
      loaded.value.list.push('mine');
      assert.deepEqual((await load())?.values, expected);
      assert.deepEqual((await checkpoints.load({ ...LINE, superStep: 1 }))?.values, {
        value: { list: ['x'.repeat(500)] },
      });
    },
  },
  {
    name: 'a line of changes goes on after closing and opening',
    run: async ({ create }) => {
      const stores = await create();
      const values = { long: 'x'.repeat(500) };
      const first = await saveNext(stores.checkpoints, 1, undefined, values);
      const second = await saveNext(stores.checkpoints, 2, first, { ...values, n: 2 });
      await stores.close();
      await stores.open();
      await saveNext(stores.checkpoints, 3, second, { ...values, n: 3 });
      assert.deepEqual((await stores.checkpoints.latest(LINE))?.values, { ...values, n: 3 });
    },
  },
];
