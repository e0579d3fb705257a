import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Clock, draftEvent } from '../../src/actors/index.ts';
import { Recovery, type RecoveryPort } from '../../src/actors/recovery.ts';
import type { DueQuery, Stores } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores, virtualClock, wrapStores } from '../../src/testing/index.ts';
import { open } from '../support/runtime/helpers.ts';

const SWEEP_MS = 5_000;

/** Opens `n` runs of a job, in this order, and dies. */
async function leaveBehind(stores: Stores, n: number): Promise<string[]> {
  const dying = crashableStores(stores);
  const runtime = await open({ stores: dying.stores });
  const ids: string[] = [];
  for (let i = 0; i < n; i += 1) ids.push((await runtime.open({ definition: 'job' })).id);
  await dying.crash();
  return ids;
}

/** A sweeper that drives nothing, and says what it would. Its pauses go by the clock too. */
function sweeper(stores: Stores, options: Partial<RecoveryPort> = {}) {
  const time = virtualClock();
  const clock: Clock = {
    now: () => time.now(),
    at: (atMs, onTime) => time.at(atMs, onTime),
    after: (ms, onTime) => time.at(time.now() + ms, onTime),
  };
  const driven: string[] = [];
  const failed: string[] = [];
  const recovery = new Recovery({
    store: stores.events,
    clock,
    policy: 'resume',
    definitions: ['job'],
    canDrive: () => true,
    drive: ({ runId }) => void driven.push(runId),
    fail: async ({ runId }) => void failed.push(runId),
    sweepMs: SWEEP_MS,
    room: () => Infinity,
    isQueue: false,
    isHeld: () => false,
    onTick: () => {},
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  return { recovery, time, driven, failed };
}

describe('what an owner left behind when it died', () => {
  it('is gone on with in the order in which it came, all of it', async () => {
    const stores = memory();
    await stores.open();
    // More than fit on a page.
    const ids = await leaveBehind(stores, 501);
    const { recovery, driven } = sweeper(stores);
    await recovery.start();
    await recovery.stop();
    expect(driven).toEqual(ids);
  });

  it('is found within seconds, however often an owner dies', async () => {
    const stores = memory();
    await stores.open();
    const { recovery, time, driven } = sweeper(stores);
    await recovery.start();
    for (let death = 0; death < 3; death += 1) {
      const ids = await leaveBehind(stores, 1);
      driven.length = 0;
      await time.advance(SWEEP_MS);
      expect(driven).toEqual(expect.arrayContaining(ids));
    }
    await recovery.stop();
  });

  it('is not ended as abandoned when its owner is alive, or the code is not here', async () => {
    const stores = memory();
    const runtime = await open({ stores });
    const { id } = await runtime.open({ definition: 'job' });
    const careful = sweeper(stores, { policy: 'fail' });
    await careful.recovery.start();
    await careful.recovery.stop();
    expect([careful.driven, careful.failed]).toEqual([[], []]);
    const [left = ''] = await leaveBehind(stores, 1);
    const stranger = sweeper(stores, { policy: 'fail', canDrive: () => false });
    await stranger.recovery.start();
    await stranger.recovery.stop();
    expect([stranger.driven, stranger.failed]).toEqual([[], []]);
    const able = sweeper(stores, { policy: 'fail' });
    await able.recovery.start();
    await able.recovery.stop();
    expect([able.driven, able.failed]).toEqual([[], [left]]);
    expect(left).not.toBe(id);
    await runtime.close();
  });
});

/** A run that is parked, or let go. */
async function release(stores: Stores, event: { reason: string; wakeAtMs: number }) {
  await using runtime = await open({ stores });
  const run = await runtime.open({ definition: 'job' });
  const record = await stores.events.get(run.id);
  await run.record({ type: 'attempt.started', attempt: 1, owner: 'somebody' });
  await run.record({ type: 'attempt.ended', ...event });
  const now = await stores.events.get(run.id);
  if (record === undefined || now === undefined) throw new TypeError('Expected a run');
  // As its owner would: with the event that lets it go the record has no owner any more.
  const { event: log, payload } = draftEvent(run.id, { type: 'log' });
  const seq = now.lastSeq + 1;
  const [outcome] = await stores.events.append([
    {
      run: { ...now, lastSeq: seq, owner: null, wakeAtMs: event.wakeAtMs },
      expectedSeq: now.lastSeq,
      events: [
        {
          seq,
          eventId: `evt_${run.id}`,
          type: log.type,
          emittedAtMs: now.updatedAtMs,
          epoch: now.epoch,
          late: false,
          payload,
        },
      ],
    },
  ]);
  expect(outcome).toEqual({ kind: 'stored' });
  return run.id;
}

describe('what nobody owns', () => {
  it('is woken at its instant, not at the next look after it', async () => {
    const stores = memory();
    await stores.open();
    const { recovery, time, driven } = sweeper(stores);
    const wakeAtMs = time.now() + SWEEP_MS / 2;
    const runId = await release(stores, { reason: 'waiting', wakeAtMs });
    await recovery.start();
    await time.advance(SWEEP_MS / 2 - 1);
    expect(driven).toEqual([]);
    await time.advance(1);
    expect(driven).toEqual([runId]);
    await recovery.stop();
  });

  it.each([
    ['resume', 'both', 'neither'],
    ['leave', 'what waits', 'neither'],
    ['fail', 'what waits', 'what was let go'],
  ] as const)('with policy %s: %s is driven, %s fails', async (policy, drives, fails) => {
    const stores = memory();
    await stores.open();
    const waits = await release(stores, { reason: 'waiting', wakeAtMs: 1 });
    const isLetGo = await release(stores, { reason: 'released', wakeAtMs: 1 });
    const { recovery, driven, failed } = sweeper(stores, { policy });
    await recovery.start();
    await recovery.stop();
    const idsOf = {
      both: [waits, isLetGo],
      'what waits': [waits],
      'what was let go': [isLetGo],
      neither: [],
    };
    expect(new Set(driven)).toEqual(new Set(idsOf[drives]));
    expect(new Set(failed)).toEqual(new Set(idsOf[fails]));
  });
});

it('news that come while the store is looked at are looked at once more', async () => {
  const inner = memory();
  await inner.open();
  const gate = Promise.withResolvers<void>();
  let looks = 0;
  let isHeld = false;
  const stores = wrapStores(inner, async ({ method, args }, proceed) => {
    // The other question is when to look again.
    const isLook = method === 'events.due' && (args[0] as DueQuery).afterMs === undefined;
    if (isLook) looks += 1;
    if (isLook && isHeld) await gate.promise;
    return proceed();
  });
  const { recovery, time } = sweeper(stores);
  await recovery.start();
  isHeld = true;
  const before = looks;
  recovery.poke();
  await time.advance(20);
  expect(looks).toBe(before + 1);
  // One look is under way: a burst of news costs one more, and no less.
  recovery.poke();
  recovery.poke();
  await time.advance(20);
  expect(looks).toBe(before + 1);
  isHeld = false;
  gate.resolve();
  for (let n = 0; n < 20; n += 1) await turn();
  expect(looks).toBe(before + 2);
  await recovery.stop();
  recovery.poke();
  await time.advance(SWEEP_MS);
  expect(looks).toBe(before + 2);
});
