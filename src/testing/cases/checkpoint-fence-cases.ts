import assert from 'node:assert/strict';
import { checkpointOf, commitOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const LINE = { definition: 'writer', runId: 'run_1' };

/** Saves by an owner that may have lost its run. */
export const fenceCases: readonly StoreCase[] = [
  {
    name: 'a save under another epoch than that of the owner is refused, and nothing is stored',
    run: async ({ shared }) => {
      const { events, checkpoints } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_2', epoch: 2 } })]);
      for (const expectedEpoch of [1, 3]) {
        await rejectsWith('OWNER_FENCED', checkpoints.save(checkpointOf(1), { expectedEpoch }));
      }
      assert.deepEqual(await checkpoints.list(LINE), []);
      assert.equal((await checkpoints.save(checkpointOf(1), { expectedEpoch: 2 })).version, 1);
    },
  },
  {
    name: 'a save is not refused without a guard, without an owner, or for a run of another store',
    run: async ({ shared }) => {
      const { events, checkpoints } = await shared();
      await events.append([
        commitOf('run_1', 0, { run: { owner: 'own_2', epoch: 2 } }),
        commitOf('run_2', 0, { run: { owner: null, epoch: 2 } }),
      ]);
      await checkpoints.save(checkpointOf(1));
      await checkpoints.save(checkpointOf(1), {});
      await checkpoints.save(checkpointOf(1, { runId: 'run_2' }), { expectedEpoch: 1 });
      await checkpoints.save(checkpointOf(1, { runId: 'run_3' }), { expectedEpoch: 1 });
      assert.equal((await checkpoints.list(LINE)).length, 2);
    },
  },
  {
    name: 'a save right behind a take-over is refused, one right before it is not',
    run: async ({ shared }) => {
      const { events, checkpoints } = await shared();
      await events.append([commitOf('run_1', 0, { run: { owner: 'own_1', epoch: 1 } })]);
      const save = () => checkpoints.save(checkpointOf(1), { expectedEpoch: 1 });
      const before = save();
      const takeOver = events.append([commitOf('run_1', 1, { run: { owner: 'own_2', epoch: 2 } })]);
      const behind = save();
      await Promise.all([before, takeOver, rejectsWith('OWNER_FENCED', behind)]);
      assert.equal((await checkpoints.list(LINE)).length, 1);
    },
  },
];
