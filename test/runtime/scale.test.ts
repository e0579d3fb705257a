import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import type { RunActor } from '../../src/actors/run-actor.ts';
import { RunRegistry } from '../../src/actors/run-registry.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { Commit } from '../../src/stores/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { collect, expectSound, open, PLACES, seqsOf, upTo } from '../support/runtime/helpers.ts';

it('20,000 finished runs leave no run actor behind', async () => {
  const stores = memory();
  const original = RunRegistry.prototype.rest;
  const registries = new Set<RunRegistry>();
  // The registry says how many it keeps; it is found by the actors that it lets rest.
  RunRegistry.prototype.rest = function rest(actor: RunActor): void {
    registries.add(this);
    original.call(this, actor);
  };
  try {
    await using runtime = await open({ stores });
    for (let done = 0; done < 20_000; done += 500) {
      await Promise.all(
        upTo(500).map(async (n) => {
          const run = await runtime.open();
          if (n % 3 === 0) await run.complete(n);
          else if (n % 3 === 1) await run.fail('x');
          else await run.cancel();
          // What is late brings an actor back, and it goes again.
          if (n % 10 === 0) await run.record({ type: 'log' });
        }),
      );
    }
    expect([...registries].map(({ size }) => size)).toEqual([0]);
    const idle = await runtime.open();
    expect([...registries].map(({ size }) => size)).toEqual([1]);
    await idle.cancel();
    expect([...registries].map(({ size }) => size)).toEqual([0]);
  } finally {
    RunRegistry.prototype.rest = original;
  }
});

it('a run that is idle is kept, up to 10,000 of them, and comes back when it was let go', async () => {
  const stores = memory();
  await using runtime = await open({ stores });
  const runs = await Promise.all(upTo(10_050).map(() => runtime.open()));
  const first = runs[0];
  expect(await first?.record({ type: 'log' })).toMatchObject({ seq: 2 });
  expect(await first?.complete()).toMatchObject({ outcome: 'completed', seq: 3 });
  await expectSound(stores, first?.id ?? '');
});

describe.each(PLACES)('on %s', (_, create) => {
  it('a batch has at most 256 events, and all of a burst are stored in order', async () => {
    using place = create();
    const sizes: number[] = [];
    const stores = wrapStores(place.stores(), ({ method, args }, proceed) => {
      if (method === 'events.append') {
        const commits = args[0] as readonly Commit[];
        sizes.push(commits.reduce((sum, { events }) => sum + events.length, 0));
      }
      return proceed();
    });
    await using runtime = await open({ stores });
    const runs = await Promise.all(upTo(3).map(() => runtime.open()));
    await Promise.all(
      runs.flatMap((run) => upTo(1_000).map((n) => run.record({ type: 'custom.n', n }))),
    );
    expect(Math.max(...sizes)).toBe(256);
    expect(sizes.length).toBeLessThan(30);
    for (const run of runs) {
      const log = await expectSound(stores, run.id);
      expect(log.slice(1).map(({ event }) => event['n'])).toEqual(upTo(1_000));
    }
  });

  it('1,000 runs are driven at once', async () => {
    using place = create();
    let now = 0;
    const all = Promise.withResolvers<void>();
    const together = defineRun<undefined, undefined, number>({
      name: 'together',
      execute: async ({ step }) => {
        now += 1;
        if (now === 1_000) all.resolve();
        await all.promise;
        return step('s', () => 1);
      },
    });
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [together], concurrency: 1_000 });
    const runs = await Promise.all(upTo(1_000).map(() => runtime.start(together)));
    const results = await Promise.all(runs.map((run) => run.result()));
    expect(results).toEqual(runs.map(() => 1));
    for (const run of runs.filter((__, i) => i % 50 === 0)) await expectSound(stores, run.id);
  });

  it('a log of 20,000 events is read in order, live and stored', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const following = collect(run.events());
    for (let done = 0; done < 20_000; done += 2_000) {
      await Promise.all(upTo(2_000).map((n) => run.record({ type: 'custom.n', n: done + n })));
    }
    await run.complete();
    expect(seqsOf(await following)).toEqual(upTo(20_002));
    expect(seqsOf(await collect(run.events()))).toEqual(upTo(20_002));
    expect(await runtime.verify(run.id)).toMatchObject({ ok: true, events: 20_002 });
  });
});
