import assert from 'node:assert/strict';
import type { ChannelValues } from '../../stores/index.ts';
import { checkpointOf, ODD_STRINGS } from './builders.ts';
import { changeCases } from './checkpoint-change-cases.ts';
import { fenceCases } from './checkpoint-fence-cases.ts';
import { checkpointImportCases } from './import-record-cases.ts';
import { checkpointValueCases } from './odd-value-cases.ts';
import type { StoreCase } from './store-case.ts';

const LINE = { definition: 'writer', runId: 'run_1' };

/** Every sentence of the contract of the checkpointer. */
export const checkpointerCases: readonly StoreCase[] = [
  {
    name: 'a saved checkpoint is loaded as it was, as version 1',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const draft = checkpointOf(3, {
        label: 'after search',
        values: { a: [1, null], b: { c: 'x' } },
      });
      const { values: _, ...meta } = draft;
      assert.deepEqual(await checkpoints.save(draft), { ...meta, version: 1 });
      assert.deepEqual(await checkpoints.load({ ...LINE, superStep: 3 }), { ...draft, version: 1 });
    },
  },
  {
    name: 'a second save of a super-step is a new version, which load and latest answer',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1));
      await checkpoints.save(checkpointOf(2, { values: { n: 'old' } }));
      const second = await checkpoints.save(checkpointOf(2, { values: { n: 'new' } }));
      await checkpoints.save(checkpointOf(1, { values: { n: 'redone' } }));
      assert.equal(second.version, 2);
      assert.deepEqual((await checkpoints.load({ ...LINE, superStep: 2 }))?.values, { n: 'new' });
      assert.deepEqual((await checkpoints.load({ ...LINE, superStep: 1 }))?.values, {
        n: 'redone',
      });
      const latest = await checkpoints.latest(LINE);
      assert.deepEqual([latest?.superStep, latest?.version], [2, 2]);
    },
  },
  {
    name: 'saves of one super-step at once get versions of their own',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const metas = await Promise.all(
        [1, 2, 3, 4].map((n) => checkpoints.save(checkpointOf(1, { values: { n } }))),
      );
      assert.deepEqual(
        metas.map(({ version }) => version),
        [1, 2, 3, 4],
      );
    },
  },
  {
    name: 'there is no checkpoint where none was saved',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1));
      assert.equal(await checkpoints.load({ ...LINE, superStep: 2 }), undefined);
      assert.equal(await checkpoints.latest({ ...LINE, runId: 'run_2' }), undefined);
      assert.equal(await checkpoints.latest({ ...LINE, definition: 'other' }), undefined);
      assert.deepEqual(await checkpoints.list({ ...LINE, runId: 'run_2' }), []);
    },
  },
  {
    name: 'a list is in order of super-step, then version, whatever the order of saving',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      for (const step of [10, 2, 0, 10, 2, 1, 2]) await checkpoints.save(checkpointOf(step));
      const order = (await checkpoints.list(LINE)).map(({ superStep, version }) => [
        superStep,
        version,
      ]);
      assert.deepEqual(order, [
        [0, 1],
        [1, 1],
        [2, 1],
        [2, 2],
        [2, 3],
        [10, 1],
        [10, 2],
      ]);
      assert.ok((await checkpoints.list(LINE)).every((meta) => !('values' in meta)));
    },
  },
  {
    name: 'delete removes one line and leaves the others; its versions begin again',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.save(checkpointOf(1));
      await checkpoints.save(checkpointOf(1, { runId: 'run_2' }));
      await checkpoints.delete(LINE);
      await checkpoints.delete({ ...LINE, runId: 'nobody' });
      assert.equal(await checkpoints.latest(LINE), undefined);
      assert.equal((await checkpoints.latest({ ...LINE, runId: 'run_2' }))?.version, 1);
      assert.equal((await checkpoints.save(checkpointOf(1))).version, 1);
    },
  },
  {
    name: 'values are kept exactly as JSON keeps them, and apart from their source',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const text = `{"b":[9007199254740992,-0.5],"a":1,"__proto__":{"x":1},"c":"\\ud800\\u0000 🏃"}`;
      const values = JSON.parse(text) as ChannelValues & { b: number[] };
      await checkpoints.save(checkpointOf(1, { values }));
      const before = JSON.stringify(values);
      values.b.push(1);
      const loaded = await checkpoints.latest(LINE);
      assert.equal(JSON.stringify(loaded?.values), before);
      (loaded?.values['b'] as number[] | undefined)?.push(2);
      assert.equal(JSON.stringify((await checkpoints.latest(LINE))?.values), before);
    },
  },
  {
    name: 'definitions, runs and labels of any characters are kept apart',
    run: async ({ create }) => {
      const { checkpoints } = await create();
      for (const odd of ODD_STRINGS) {
        await checkpoints.save(checkpointOf(1, { definition: odd, runId: odd, label: odd }));
      }
      for (const odd of ODD_STRINGS) {
        const metas = await checkpoints.list({ definition: odd, runId: odd });
        assert.deepEqual(
          metas.map(({ label }) => label),
          [odd],
        );
      }
    },
  },
  {
    name: 'checkpoints outlive closing and opening',
    run: async ({ create }) => {
      const stores = await create();
      await stores.checkpoints.save(checkpointOf(1));
      await stores.close();
      await stores.open();
      assert.deepEqual((await stores.checkpoints.latest(LINE))?.values, { step: 1 });
      assert.equal((await stores.checkpoints.save(checkpointOf(1))).version, 2);
    },
  },
  ...changeCases,
  ...fenceCases,
  ...checkpointImportCases,
  ...checkpointValueCases,
];
