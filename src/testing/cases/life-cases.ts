import assert from 'node:assert/strict';
import { commitOf, fill, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

/** What the stores as a whole promise about opening, closing and who is alive. */
export const lifeCases: readonly StoreCase[] = [
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
    run: async ({ shared }) => {
      const { events } = await shared();
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
    name: 'an owner that is alive cannot be enlisted again, which is STORE_BUSY, until it is released',
    run: async ({ shared }) => {
      const { events } = await shared();
      const lease = await events.enlist('own_1');
      await rejectsWith('STORE_BUSY', events.enlist('own_1'));
      assert.equal(await events.isAlive('own_1'), true);
      await lease.release();
      await (await events.enlist('own_1')).release();
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
