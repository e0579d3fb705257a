import { describe, expect, it } from 'vitest';
import { defineRun, type RuntimeOptions, type Stores } from '../../src/index.ts';
import { crashableStores, virtualClock } from '../../src/testing/index.ts';
import {
  eventually,
  expectSound,
  logOf,
  open,
  PLACES,
  typesOf,
} from '../support/runtime/helpers.ts';

function job(done: string[], hangs: () => boolean) {
  return defineRun<undefined, undefined, string>({
    name: 'job',
    execute: async ({ step, attempt }) => {
      await step('first', () => void done.push('first'));
      await step('second', async () => {
        done.push(`second, attempt ${attempt}`);
        if (hangs()) await new Promise(() => {});
      });
      return `attempt ${attempt}`;
    },
  });
}

/** Starts runs that hang in their second step, and dies. */
async function leaveBehind(stores: Stores, n: number) {
  const done: string[] = [];
  const place = crashableStores(stores);
  const runtime = await open({ stores: place.stores, definitions: [job(done, () => true)] });
  const runs = await Promise.all(Array.from({ length: n }, () => runtime.start('job')));
  await eventually(() => done.filter((what) => what.startsWith('second')).length === n);
  await place.crash();
  return runs.map(({ id }) => id);
}

describe.each(PLACES)('on %s', (_, create) => {
  async function recovered(options: Partial<RuntimeOptions>, n = 3) {
    const place = create();
    const stores = place.stores();
    await stores.open();
    const ids = await leaveBehind(stores, n);
    const done: string[] = [];
    const definitions = [job(done, () => false)];
    const runtime = await open({ stores, definitions, ...options });
    const runs = await Promise.all(ids.map((id) => runtime.get(id)));
    return { place, stores, done, runs, runtime };
  }

  it('runs whose owner died are taken over when a runtime opens, and gone on with', async () => {
    const { stores, done, runs, runtime, place } = await recovered({});
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(runs.map(() => 'attempt 2'));
    expect(done).toEqual(runs.map(() => 'second, attempt 2'));
    for (const run of runs) {
      const log = await expectSound(stores, run.id);
      expect(typesOf(log).filter((type) => type === 'attempt.started')).toHaveLength(2);
      expect((await run.snapshot()).epoch).toBe(3);
    }
    await runtime.close();
    place[Symbol.dispose]();
  });

  it('`fail` ends them with a code, `leave` leaves them as they are', async () => {
    {
      const { runs, runtime, done, place } = await recovered({ recovery: 'fail' });
      for (const run of runs) await eventually(async () => (await run.status()) === 'failed');
      expect((await runs[0]?.snapshot())?.error?.code).toBe('RUN_ABANDONED');
      expect(done).toEqual([]);
      await runtime.close();
      place[Symbol.dispose]();
    }
    const { runs, runtime, done, place } = await recovered({ recovery: 'leave' });
    const { abandoned } = await runtime.diagnose();
    expect(abandoned).toHaveLength(3);
    expect(await Promise.all(runs.map((run) => run.status()))).toEqual(runs.map(() => 'executing'));
    expect(done).toEqual([]);
    await runtime.close();
    place[Symbol.dispose]();
  });

  it('a run whose definition is not registered is left, and the report says so', async () => {
    const { runs, runtime, place } = await recovered({
      definitions: [defineRun({ name: 'other', execute: () => {} })],
    });
    const { abandoned } = await runtime.diagnose();
    expect(abandoned.map(({ why }) => why)).toEqual(
      runs.map(() => 'its owner is gone; its definition "job" is not registered'),
    );
    await runtime.close();
    place[Symbol.dispose]();
  });

  it('a run that crashes every time fails when it has crashed as often as it may', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const [id = ''] = await leaveBehind(stores, 1);
    for (let crash = 0; crash < 2; crash += 1) {
      const done: string[] = [];
      const dying = crashableStores(stores);
      await open({ stores: dying.stores, definitions: [job(done, () => true)], maxAttempts: 3 });
      await eventually(() => done.length === 1);
      await dying.crash();
    }
    const done: string[] = [];
    const definitions = [job(done, () => false)];
    const runtime = await open({ stores, definitions, maxAttempts: 3 });
    const run = await runtime.get(id);
    await eventually(async () => (await run.status()) === 'failed');
    expect((await run.snapshot()).error?.code).toBe('ATTEMPTS_EXHAUSTED');
    expect(done).toEqual([]);
    await runtime.close();
    await stores.close();
  });

  it('of two runtimes that find the same runs, one drives each', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const ids = await leaveBehind(stores, 5);
    const done: string[] = [];
    const definitions = [job(done, () => false)];
    const [a, b] = await Promise.all([
      open({ stores, definitions }),
      open({ stores: place.stores(), definitions }),
    ]);
    const runs = await Promise.all(ids.map((id) => a.get(id)));
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(runs.map(() => 'attempt 2'));
    expect(done).toHaveLength(5);
    await Promise.all([a.close(), b.close()]);
    await stores.close();
  });

  it('a runtime that closes lets its runs go, and the next one goes on with them', async () => {
    using place = create();
    const stores = place.stores();
    const polite = (waits: boolean) =>
      defineRun<undefined, undefined, string>({
        name: 'polite',
        execute: async ({ step, signal, attempt }) => {
          await step('wait', async () => {
            if (!waits) return;
            await new Promise((__, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
            });
          });
          return `attempt ${attempt}`;
        },
      });
    const first = await open({ stores, definitions: [polite(true)] });
    const started = await first.start('polite');
    await eventually(async () => (await started.snapshot()).eventCount > 3);
    await first.close();
    const again = place.stores();
    await using second = await open({ stores: again, definitions: [polite(false)] });
    expect(await (await second.get(started.id)).result()).toBe('attempt 2');
    const log = await logOf(again, started.id);
    // A step that was told to stop has not failed.
    expect(typesOf(log)).not.toContain('step.failed');
    expect(typesOf(log)).toContain('attempt.ended');
  });

  it('a run that is driven and silent for long is called stalled, until it says something', async () => {
    using place = create();
    const clock = virtualClock();
    const gate = Promise.withResolvers<void>();
    const beats: (() => Promise<void>)[] = [];
    const silent = defineRun({
      name: 'silent',
      execute: async ({ heartbeat }) => {
        beats.push(() => heartbeat({ still: 'here' }));
        await gate.promise;
      },
    });
    const stores = place.stores();
    const definitions = [silent];
    await using runtime = await open({ stores, definitions, clock, stalledAfterMs: 60_000 });
    const run = await runtime.start(silent);
    await eventually(() => beats.length === 1);
    const isStalled = async () => (await runtime.info(run.id)).isStalled;
    expect(await isStalled()).toBe(false);
    await clock.advance(61_000);
    expect(await isStalled()).toBe(true);
    await Promise.all([beats[0]?.(), beats[0]?.(), beats[0]?.()]);
    expect(await isStalled()).toBe(false);
    const log = await logOf(stores, run.id);
    expect(typesOf(log).filter((type) => type === 'heartbeat')).toHaveLength(1);
    gate.resolve();
    await run.result();
  });
});
