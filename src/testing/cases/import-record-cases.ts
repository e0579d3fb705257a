import assert from 'node:assert/strict';
import type { Checkpointer, ImportedCheckpoint } from '../../stores/index.ts';
import { checkpointOf, FINAL, idsOf, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

/** What the output store promises of records that come from elsewhere. */
export const outputImportCases: readonly StoreCase[] = [
  {
    name: 'a list without a run has the outputs of all runs, in the order in which they came',
    run: async ({ create }) => {
      const { outputs } = await create();
      for (const n of [1, 2, 3, 4, 5])
        await outputs.append(outputOf(`out_${n}`, { runId: `run_${n % 2}` }));
      assert.deepEqual(idsOf(await outputs.list({ limit: 2 })), ['out_1', 'out_2']);
      const rest = await outputs.list({ afterId: 'out_2', limit: 9 });
      assert.deepEqual(idsOf(rest), ['out_3', 'out_4', 'out_5']);
      const back = await outputs.list({ afterId: 'out_4', limit: 2, reverse: true });
      assert.deepEqual(idsOf(back), ['out_3', 'out_2']);
      assert.deepEqual(await outputs.list({ limit: 0 }), []);
    },
  },
  {
    name: 'outputs that are imported are as they were, newer ones behind older ones, also across runs',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      await outputs.append(outputOf('out_0'));
      const records = [
        outputOf('out_3', { runId: 'run_2', createdAtMs: 9, parentRefs: ['out_0'] }),
        outputOf('out_1', { event: FINAL, createdAtMs: 3, parentRefs: ['out_3', 'out_0'] }),
        outputOf('out_2', { runId: 'run_2', attempt: 2, event: FINAL }),
      ];
      await outputs.import(records);
      for (const record of records) assert.deepEqual(await outputs.get(record.id), record);
      assert.deepEqual(idsOf(await outputs.list({ runId: 'run_1', limit: 9 })), ['out_0', 'out_1']);
      assert.deepEqual(idsOf(await outputs.list({ runId: 'run_2', limit: 9 })), ['out_3', 'out_2']);
      assert.equal((await outputs.latestByProducer('writer'))?.id, 'out_2');
      const closed = outputOf('out_4', { event: FINAL });
      await rejectsWith('ATTEMPT_CLOSED', outputs.append(closed));
      await rejectsWith('ATTEMPT_CLOSED', outputs.import([closed]));
    },
  },
  {
    name: 'outputs that are there are left alone, so that an import can be repeated',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const records = [1, 2, 3].map((n) => outputOf(`out_${n}`, { attempt: n, event: FINAL }));
      await outputs.import(records.slice(0, 2));
      const other = outputOf('out_2', { attempt: 2, producer: 'other' });
      await outputs.import([records[0]!, other, records[2]!]);
      await outputs.import(records);
      await outputs.import([]);
      assert.deepEqual(await outputs.list({ runId: 'run_1', limit: 9 }), records);
      const again = [4, 5, 6].map((n) => outputOf(`out_${n}`));
      await Promise.all([outputs.import(again), outputs.import(again), outputs.import(again)]);
      assert.equal((await outputs.list({ runId: 'run_1', limit: 9 })).length, 6);
    },
  },
  {
    name: 'an output is imported whether its parents are there or not: they may have been pruned',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const orphan = outputOf('out_1', { parentRefs: ['out_9', 'out_8'] });
      await outputs.import([orphan]);
      assert.deepEqual(await outputs.get('out_1'), orphan);
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.append({ ...orphan, id: 'out_2' }));
    },
  },
  {
    name: 'a second final of an attempt is refused, and what is behind it is not stored',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const [first, second] = ['out_1', 'out_2'].map((id) => outputOf(id, { event: FINAL }));
      await rejectsWith('ATTEMPT_CLOSED', outputs.import([first!, second!, outputOf('out_3')]));
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.get('out_2'));
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.get('out_3'));
      await outputs.import([first!, outputOf('out_3')]);
      const ids = idsOf(await outputs.list({ runId: 'run_1', limit: 9 }));
      assert.deepEqual(ids, ['out_1', 'out_3']);
    },
  },
];

/** What the checkpointer promises of versions, and of those that come from elsewhere. */
export const checkpointImportCases: readonly StoreCase[] = [
  {
    name: 'each version of a checkpoint can be loaded, and the newest without a version',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      for (const n of [1, 2, 3]) await checkpoints.save(checkpointOf(1, { values: { n } }));
      const key = { definition: 'writer', runId: 'run_1', superStep: 1 };
      for (const version of [1, 2, 3]) {
        const found = await checkpoints.load({ ...key, version });
        const { values, ...rest } = checkpointOf(1, { values: { n: version } });
        assert.deepEqual(found, { ...rest, version, values });
      }
      assert.equal((await checkpoints.load(key))?.version, 3);
      assert.equal(await checkpoints.load({ ...key, version: 4 }), undefined);
      assert.equal(await checkpoints.load({ ...key, superStep: 2, version: 1 }), undefined);
    },
  },
  {
    name: 'the lines of a run are the definitions under which it has checkpoints',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      for (const definition of ['writer', 'reader', 'writer']) {
        await checkpoints.save(checkpointOf(1, { definition }));
      }
      await checkpoints.save(checkpointOf(1, { runId: 'run_2', definition: 'other' }));
      const names = async (): Promise<readonly string[]> =>
        (await checkpoints.lines('run_1')).map(({ definition }) => definition).toSorted();
      assert.deepEqual(await names(), ['reader', 'writer']);
      assert.deepEqual(await checkpoints.lines('run_9'), []);
      await checkpoints.delete({ definition: 'reader', runId: 'run_1' });
      assert.deepEqual(await names(), ['writer']);
    },
  },
  {
    name: 'versions that are imported are as they were, whole and as changes, and saves go on',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.import(VERSIONS);
      await sameVersions(checkpoints);
      const line = { definition: 'writer', runId: 'run_1' };
      assert.equal((await checkpoints.latest(line))?.superStep, 4);
      assert.equal((await checkpoints.save(checkpointOf(2))).version, 3);
    },
  },
  {
    name: 'versions that are there are left alone, so that an import can be repeated',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      await checkpoints.import(VERSIONS.slice(0, 2));
      const other = VERSIONS.map(({ change: _, ...one }) => ({ ...one, values: { other: 1 } }));
      await checkpoints.import(other.slice(0, 2));
      await Promise.all([checkpoints.import(VERSIONS), checkpoints.import(VERSIONS)]);
      await checkpoints.import([]);
      await sameVersions(checkpoints);
    },
  },
  {
    name: 'a change of a checkpoint that is not there is refused, and what is behind it is not stored',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const [, second, ...rest] = VERSIONS;
      await rejectsWith('CHECKPOINT_NOT_FOUND', checkpoints.import([second!, ...rest]));
      assert.deepEqual(await checkpoints.list({ definition: 'writer', runId: 'run_1' }), []);
    },
  },
];

const from = (superStep: number, version: number, a: number) =>
  ({ from: { superStep, version }, patch: [['a', { op: 'set', value: a }]] }) as const;

/** Five versions of three super-steps, whole and as changes of each other. */
const VERSIONS: readonly ImportedCheckpoint[] = [
  { ...checkpointOf(1, { values: { a: 1, text: 'x'.repeat(500) } }), version: 1 },
  {
    ...checkpointOf(2, { values: { a: 2, text: 'x'.repeat(500) }, change: from(1, 1, 2) }),
    version: 1,
  },
  { ...checkpointOf(2, { label: 'again', values: { a: 3, text: 'x'.repeat(500) } }), version: 2 },
  {
    ...checkpointOf(4, { values: { a: 4, text: 'x'.repeat(500) }, change: from(2, 2, 4) }),
    version: 1,
  },
  { ...checkpointOf(4, { createdAtMs: 5, values: {} }), version: 2 },
];

async function sameVersions(checkpoints: Checkpointer): Promise<void> {
  const line = { definition: 'writer', runId: 'run_1' };
  const metas = VERSIONS.map(({ values: _values, change: _change, ...meta }) => meta);
  assert.deepEqual(await checkpoints.list(line), metas);
  for (const { change: _, ...whole } of VERSIONS) {
    const { superStep, version } = whole;
    assert.deepEqual(await checkpoints.load({ ...line, superStep, version }), whole);
  }
}
