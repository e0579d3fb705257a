import assert from 'node:assert/strict';
import { commitOf, eventOf, fill, runOf } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const STORED = { kind: 'stored' };
const refused = (code: string) => ({ kind: 'refused', code });

/** What `append` promises. */
export const appendCases: readonly StoreCase[] = [
  {
    name: 'a commit that creates a run stores its record and its events',
    run: async ({ shared }) => {
      const { events } = await shared();
      const run = {
        definition: 'writer',
        owner: 'own_1',
        status: 'executing',
        epoch: 3,
        wakeAtMs: 5,
        parentRunId: 'run_8',
        forkedFrom: 'run_9',
      };
      await fill(events, 'run_9', 1);
      assert.deepEqual(await events.append([commitOf('run_1', 0, { count: 3, run })]), [STORED]);
      assert.deepEqual(await events.get('run_1'), runOf('run_1', 3, run));
      const page = await events.read('run_1', { limit: 10 });
      assert.deepEqual(page.events, [eventOf(1), eventOf(2), eventOf(3)]);
    },
  },
  {
    name: 'a commit replaces the record, but not what creation fixed',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      const run = {
        status: 'executing',
        epoch: 2,
        owner: 'own_2',
        wakeAtMs: 1_763_695_000_000,
        updatedAtMs: 1_763_694_999_999,
        snapshot: '{"status":"executing"}',
      };
      const fixed = {
        sessionId: 'ses_2',
        definition: 'other',
        parentRunId: 'run_8',
        forkedFrom: 'run_9',
        createdAtMs: 7,
      };
      const commit = commitOf('run_1', 1, { run: { ...run, ...fixed } });
      assert.deepEqual(await events.append([commit]), [STORED]);
      assert.deepEqual(await events.get('run_1'), runOf('run_1', 2, run));
      assert.deepEqual(await events.append([commitOf('run_1', 2, { run: { owner: null } })]), [
        STORED,
      ]);
      assert.equal((await events.get('run_1'))?.owner, null);
    },
  },
  {
    name: 'a late event stays late, and every field of an event comes back as it was',
    run: async ({ shared }) => {
      const { events } = await shared();
      const odd = { late: true, epoch: 7, type: 'custom.x', eventId: 'evt_z', emittedAtMs: 0 };
      await events.append([commitOf('run_1', 0, { event: odd })]);
      assert.deepEqual((await events.read('run_1', { limit: 1 })).events, [eventOf(1, odd)]);
    },
  },
  {
    name: 'an empty batch is answered with no outcome',
    run: async ({ shared }) => {
      const { events } = await shared();
      assert.deepEqual(await events.append([]), []);
    },
  },
  {
    name: 'several commits of one run in one batch build on each other',
    run: async ({ shared }) => {
      const { events } = await shared();
      const batch = [
        commitOf('run_1', 0),
        commitOf('run_1', 1, { count: 2 }),
        commitOf('run_1', 3),
      ];
      assert.deepEqual(await events.append(batch), [STORED, STORED, STORED]);
      assert.equal((await events.get('run_1'))?.lastSeq, 4);
    },
  },
  {
    name: 'a refused commit stores nothing and does not disturb its neighbours',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 2);
      const batch = [
        commitOf('run_2', 0),
        commitOf('run_1', 1, { run: { status: 'wrong' } }),
        commitOf('run_1', 2),
        commitOf('run_9', 5),
        commitOf('run_3', 0),
      ];
      const outcomes = await events.append(batch);
      const expected = [STORED, refused('SEQ_CONFLICT'), STORED, refused('RUN_NOT_FOUND'), STORED];
      assert.deepEqual(outcomes, expected);
      assert.equal((await events.get('run_1'))?.status, 'created');
      assert.equal((await events.get('run_1'))?.lastSeq, 3);
      assert.equal(await events.get('run_9'), undefined);
    },
  },
  {
    name: 'of many commits on the same seq at once exactly one is stored',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      const racers = Array.from({ length: 20 }, (_, i) =>
        events.append([commitOf('run_1', 1, { event: { eventId: `evt_racer_${i}` } })]),
      );
      const outcomes = (await Promise.all(racers)).flat();
      assert.equal(outcomes.filter(({ kind }) => kind === 'stored').length, 1);
      assert.equal((await events.read('run_1', { limit: 50 })).events.length, 2);
    },
  },
  {
    name: 'creating a run that exists is refused with RUN_EXISTS',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      assert.deepEqual(await events.append([commitOf('run_1', 0)]), [refused('RUN_EXISTS')]);
    },
  },
  {
    name: 'an epoch that is not the stored one is fenced; none is no claim',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.append([commitOf('run_1', 0, { run: { epoch: 5 } })]);
      assert.deepEqual(await events.append([commitOf('run_1', 1, { expectedEpoch: 4 })]), [
        refused('OWNER_FENCED'),
      ]);
      assert.deepEqual(await events.append([commitOf('run_1', 1, { expectedEpoch: 6 })]), [
        refused('OWNER_FENCED'),
      ]);
      assert.deepEqual(
        await events.append([commitOf('run_1', 1, { expectedEpoch: 5, run: { epoch: 5 } })]),
        [STORED],
      );
      assert.deepEqual(await events.append([commitOf('run_1', 2, { run: { epoch: 6 } })]), [
        STORED,
      ]);
      assert.equal((await events.get('run_1'))?.epoch, 6);
    },
  },
  {
    name: 'checks go in order: key, run, epoch, seq',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      await events.append([commitOf('run_1', 1, { idempotencyKey: 'k' })]);
      const wrong = { expectedEpoch: 9 };
      const [repeat, missing, fenced] = await events.append([
        commitOf('run_1', 77, { ...wrong, idempotencyKey: 'k' }),
        commitOf('run_9', 77, { ...wrong, idempotencyKey: 'k' }),
        commitOf('run_1', 77, wrong),
      ]);
      assert.equal(repeat?.kind, 'repeat');
      assert.deepEqual([missing, fenced], [refused('RUN_NOT_FOUND'), refused('OWNER_FENCED')]);
    },
  },
];

/** What idempotency keys promise. */
export const keyCases: readonly StoreCase[] = [
  {
    name: 'a key used before on the run answers the events of the first time and stores nothing',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      const first = commitOf('run_1', 1, { idempotencyKey: 'k', count: 2 });
      await events.append([first]);
      await events.append([commitOf('run_1', 3)]);
      const [again] = await events.append([commitOf('run_1', 4, { idempotencyKey: 'k' })]);
      assert.deepEqual(again, { kind: 'repeat', runId: 'run_1', events: first.events });
      assert.equal((await events.get('run_1'))?.lastSeq, 4);
    },
  },
  {
    name: 'a key is unique per run, not across runs',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      await fill(events, 'run_2', 1);
      const batch = ['run_1', 'run_2'].map((id) => commitOf(id, 1, { idempotencyKey: 'k' }));
      assert.deepEqual(await events.append(batch), [STORED, STORED]);
    },
  },
  {
    name: 'the key of a creation is unique in the store and answers the run it created',
    run: async ({ shared }) => {
      const { events } = await shared();
      const first = commitOf('run_1', 0, { idempotencyKey: 'k', count: 2 });
      await events.append([first]);
      await events.append([commitOf('run_1', 2)]);
      const [again] = await events.append([commitOf('run_2', 0, { idempotencyKey: 'k' })]);
      assert.deepEqual(again, { kind: 'repeat', runId: 'run_1', events: first.events });
      assert.equal(await events.get('run_2'), undefined);
    },
  },
  {
    name: 'a key repeated within one batch is a repeat the second time',
    run: async ({ shared }) => {
      const { events } = await shared();
      const batch = ['run_1', 'run_2'].map((id) => commitOf(id, 0, { idempotencyKey: 'k' }));
      const [first, second] = await events.append(batch);
      assert.deepEqual(first, STORED);
      assert.equal(second?.kind, 'repeat');
    },
  },
  {
    name: 'a refused commit does not use up its key',
    run: async ({ shared }) => {
      const { events } = await shared();
      await fill(events, 'run_1', 1);
      await events.append([commitOf('run_1', 9, { idempotencyKey: 'k' })]);
      assert.equal(await events.findByKey('run_1', 'k'), undefined);
      assert.deepEqual(await events.append([commitOf('run_1', 1, { idempotencyKey: 'k' })]), [
        STORED,
      ]);
    },
  },
  {
    name: 'findByKey answers what a key recorded on this run, not the key that created it',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.append([commitOf('run_1', 0, { idempotencyKey: 'birth' })]);
      const commit = commitOf('run_1', 1, { idempotencyKey: 'k', count: 2 });
      await events.append([commit]);
      assert.deepEqual(await events.findByKey('run_1', 'k'), commit.events);
      assert.equal(await events.findByKey('run_1', 'birth'), undefined);
      assert.equal(await events.findByKey('run_2', 'k'), undefined);
    },
  },
];
