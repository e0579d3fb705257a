import assert from 'node:assert/strict';
import type { OutputContent, OutputEvent } from '../../stores/index.ts';
import { commitOf, FINAL, idsOf, ODD_STRINGS, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

/** What `append` refuses, and in which order. */
export const refusalCases: readonly StoreCase[] = [
  {
    name: 'an id that exists is OUTPUT_EXISTS, whatever else is wrong, and the first record stays',
    run: async ({ shared }) => {
      const { events, outputs } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_2', epoch: 2 } })]);
      await outputs.append(outputOf('out_1', { event: FINAL }));
      const again = outputOf('out_1', { event: FINAL, producer: 'x', parentRefs: ['out_9'] });
      const guard = { expectedEpoch: 1 };
      const error = await rejectsWith('OUTPUT_EXISTS', outputs.append(again, guard));
      assert.match(error.message, /out_1/);
      await rejectsWith('OUTPUT_EXISTS', outputs.append(again));
      assert.deepEqual(await outputs.get('out_1'), outputOf('out_1', { event: FINAL }));
      assert.equal((await outputs.list({ runId: 'run_1', limit: 9 })).length, 1);
    },
  },
  {
    name: 'of many records of one id at once exactly one is stored',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const appends = [1, 2, 3, 4].map((attempt) => outputs.append(outputOf('out_1', { attempt })));
      const settled = await Promise.allSettled(appends);
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await outputs.list({ runId: 'run_1', limit: 9 })).length, 1);
    },
  },
  {
    name: 'an output under another epoch than that of the owner is refused, and nothing is stored',
    run: async ({ shared }) => {
      const { events, outputs } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_2', epoch: 2 } })]);
      const fenced = outputOf('out_1', { event: FINAL, parentRefs: ['out_9'] });
      for (const expectedEpoch of [1, 3]) {
        await rejectsWith('OWNER_FENCED', outputs.append(fenced, { expectedEpoch }));
      }
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.get('out_1'));
      await outputs.append(outputOf('out_1', { event: FINAL }), { expectedEpoch: 2 });
      await outputs.append(outputOf('out_2'));
      await outputs.append(outputOf('out_3'), {});
    },
  },
  {
    name: 'an output is not fenced when its run has no owner, or is none of this store',
    run: async ({ shared }) => {
      const { events, outputs } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: null, epoch: 2 } })]);
      await outputs.append(outputOf('out_1'), { expectedEpoch: 1 });
      await outputs.append(outputOf('out_2', { runId: 'run_9' }), { expectedEpoch: 1 });
    },
  },
  {
    name: 'an output right behind a take-over is refused, one right before it is not',
    run: async ({ shared }) => {
      const { events, outputs } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_1', epoch: 1 } })]);
      const before = outputs.append(outputOf('out_1'), { expectedEpoch: 1 });
      const takeOver = events.append([commitOf('run_1', 1, { run: { owner: 'own_2', epoch: 2 } })]);
      const behind = outputs.append(outputOf('out_2'), { expectedEpoch: 1 });
      await Promise.all([before, takeOver, rejectsWith('OWNER_FENCED', behind)]);
      assert.deepEqual(idsOf(await outputs.list({ runId: 'run_1', limit: 9 })), ['out_1']);
    },
  },
];

/** What `usedBlobs` knows. */
export const usedBlobCases: readonly StoreCase[] = [
  {
    name: 'the digests of files of every kind of output are the used ones',
    run: async ({ create }) => {
      const { outputs } = await create();
      const file = (digit: string): OutputContent => ({
        kind: 'file',
        path: 'a.txt',
        size: 1,
        sha256: digit.repeat(64),
      });
      const inline: OutputContent = { kind: 'inline', value: 'f'.repeat(64) };
      const events: OutputEvent[] = [
        { type: 'partial', chunk: file('1') },
        { type: 'artifact', name: 'a', content: file('2') },
        { type: 'artifact', name: 'b', content: file('2') },
        { type: 'final', content: file('3'), ok: true },
        { type: 'partial', chunk: inline },
        { type: 'progress', stage: '5'.repeat(64) },
      ];
      for (const [i, event] of events.entries())
        await outputs.append(outputOf(`out_${i}`, { event }));
      const asked = ['1', '2', '3', '4', '5', '6', 'f'].map((digit) => digit.repeat(64));
      const used = await outputs.usedBlobs([...asked, ...ODD_STRINGS]);
      assert.deepEqual([...used].toSorted(), asked.slice(0, 3));
      assert.deepEqual([...(await outputs.usedBlobs(asked.slice(1, 2)))], asked.slice(1, 2));
      assert.equal((await outputs.usedBlobs([])).size, 0);
    },
  },
  {
    name: 'a digest is used as long as one record of it is left',
    run: async ({ create }) => {
      const stores = await create();
      const { events, outputs } = stores;
      const sha256 = 'a'.repeat(64);
      const content = { kind: 'file', path: 'a', size: 1, sha256 } as const;
      for (const runId of ['run_1', 'run_2']) {
        await events.append([commitOf(runId, 0)]);
        const event = { type: 'artifact', name: 'a', content } as const;
        await outputs.append(outputOf(`out_of_${runId}`, { runId, event }));
      }
      await stores.forget(['run_1']);
      assert.equal((await outputs.usedBlobs([sha256])).size, 1);
      await stores.forget(['run_2']);
      assert.equal((await outputs.usedBlobs([sha256])).size, 0);
    },
  },
  {
    name: 'many digests can be asked about at once',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const many = Array.from({ length: 40_000 }, (_, i) => String(i).padStart(64, '0'));
      assert.equal((await outputs.usedBlobs(many)).size, 0);
    },
  },
];
