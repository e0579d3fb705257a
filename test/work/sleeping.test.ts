import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { eventually, expectSound, open, PLACES, typesOf } from '../support/runtime/helpers.ts';
import { isParked } from '../support/runtime/waiting-runs.ts';
import { virtualClock } from '../../src/testing/index.ts';

const HOUR = 60 * 60 * 1000;

function sleeper(done: string[]) {
  return defineRun<undefined, undefined, string>({
    name: 'sleeper',
    execute: async ({ step, sleepUntil, attempt }) => {
      await step('before', () => void done.push('before'));
      // Asked for anew by every attempt; only the first one counts.
      await sleepUntil(clock.now() + HOUR);
      await step('after', () => void done.push(`after, attempt ${attempt}`));
      return 'awake';
    },
  });
}

let clock = virtualClock();

describe.each(PLACES)('on %s', (_, create) => {
  it('a sleep of an hour survives a restart, and ends when the hour is over', async () => {
    using place = create();
    const stores = place.stores();
    clock = virtualClock();
    const done: string[] = [];
    const definitions = [sleeper(done)];
    let runId: string;
    {
      await using runtime = await open({ stores, definitions, clock });
      const run = await runtime.start('sleeper');
      runId = run.id;
      await isParked(run);
      await clock.advance(HOUR / 2);
      expect(await run.status()).toBe('executing');
    }
    const again = place.stores();
    await using runtime = await open({ stores: again, definitions, clock });
    const run = await runtime.get(runId);
    await clock.advance(HOUR / 2 - 1);
    expect((await run.snapshot()).waiting?.parked).toBe('waiting');
    await clock.advance(1);
    expect(await run.result()).toBe('awake');
    expect(done).toEqual(['before', 'after, attempt 2']);
    expect(
      typesOf(await expectSound(again, runId)).filter((t) => t === 'step.completed'),
    ).toHaveLength(3);
  });

  it('an hour that passed while nobody was there is over at once', async () => {
    using place = create();
    const stores = place.stores();
    clock = virtualClock();
    const done: string[] = [];
    const definitions = [sleeper(done)];
    let runId: string;
    {
      await using runtime = await open({ stores, definitions, clock });
      const run = await runtime.start('sleeper');
      runId = run.id;
      await isParked(run);
    }
    await clock.advance(2 * HOUR);
    await using runtime = await open({ stores: place.stores(), definitions, clock });
    expect(await (await runtime.get(runId)).result()).toBe('awake');
  });

  it('a run that sleeps can be cancelled, and then never wakes', async () => {
    using place = create();
    clock = virtualClock();
    const done: string[] = [];
    await using runtime = await open({
      stores: place.stores(),
      definitions: [sleeper(done)],
      clock,
    });
    const run = await runtime.start('sleeper');
    await isParked(run);
    await run.cancel({ reason: 'enough' });
    await clock.advance(2 * HOUR);
    expect(done).toEqual(['before']);
    expect(await run.snapshot()).toMatchObject({ status: 'cancelled', waiting: null });
  });

  it('a run that is not over at its deadline fails, also when it was asleep or nobody was there', async () => {
    using place = create();
    clock = virtualClock();
    const definitions = [sleeper([])];
    const ids: string[] = [];
    {
      await using runtime = await open({ stores: place.stores(), definitions, clock });
      for (const minutes of [10, 30]) {
        const deadlineAtMs = clock.now() + minutes * 60_000;
        ids.push((await runtime.start('sleeper', { deadlineAtMs })).id);
      }
      const [first] = await Promise.all(ids.map((id) => runtime.get(id)));
      await eventually(async () => {
        const { runs } = await runtime.list();
        return runs.every(({ snapshot }) => snapshot.waiting?.parked === 'waiting');
      });
      await clock.advance(10 * 60_000);
      await eventually(async () => (await first?.status()) === 'failed');
    }
    await clock.advance(HOUR);
    await using runtime = await open({ stores: place.stores(), definitions, clock });
    for (const id of ids) {
      const run = await runtime.get(id);
      await eventually(async () => (await run.status()) === 'failed');
      expect((await run.snapshot()).error?.code).toBe('RUN_TIMEOUT');
    }
  });

  it('runs of one session keep their turn while one of them sleeps', async () => {
    using place = create();
    clock = virtualClock();
    const done: string[] = [];
    const quick = defineRun({ name: 'quick', execute: () => void done.push('quick') });
    await using runtime = await open({
      stores: place.stores(),
      definitions: [sleeper(done), quick],
      clock,
    });
    const first = await runtime.start('sleeper', { sessionId: 'lane' });
    const second = await runtime.start('quick', { sessionId: 'lane' });
    const other = await runtime.start('quick', { sessionId: 'another' });
    await other.result();
    await eventually(async () => (await first.snapshot()).waiting?.parked === 'waiting');
    expect(await second.status()).toBe('created');
    await clock.advance(HOUR);
    await second.result();
    expect(done).toEqual(['before', 'quick', 'after, attempt 2', 'quick']);
  });
});
