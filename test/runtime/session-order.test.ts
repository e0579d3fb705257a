import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, defineRun, type Role, type Run, type Runtime } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores, scheduledStores } from '../../src/testing/index.ts';
import { codeOf, eventually, open, PLACES, settled, waiting } from '../support/runtime/helpers.ts';
import { newSeed } from '../support/runtime/random.ts';
import { turnsIn } from '../support/runtime/turns-in-store.ts';
import { runs } from '../support/runs.ts';

/** Pauses take a tenth of their time. */
const HASTY: Clock = {
  now: () => Date.now(),
  at: (atMs, onTime) => {
    const timer = setTimeout(onTime, Math.max(0, atMs - Date.now()));
    return () => clearTimeout(timer);
  },
  after: (ms, onTime) => {
    const timer = setTimeout(onTime, ms / 10);
    return () => clearTimeout(timer);
  },
};

const SCHEDULED = new Set(['events.append', 'events.get', 'events.list', 'events.due']);

interface Start {
  readonly via: number;
  readonly session: 'a' | 'b';
  readonly turns: number;
  /** Waits for the answer before the next one is started. */
  readonly isAwaited: boolean;
}

const starts: fc.Arbitrary<Start[]> = fc.array(
  fc.record({
    via: fc.nat(2),
    session: fc.constantFrom('a' as const, 'b' as const),
    turns: fc.nat(6),
    isAwaited: fc.boolean(),
  }),
  { minLength: 3, maxLength: 10, size: 'max' },
);

const roles: fc.Arbitrary<readonly Role[]> = fc.oneof(
  fc.constant(['all', 'all', 'all'] as const),
  fc.constant(['orchestrator', 'worker', 'worker'] as const),
  fc.constant(['orchestrator', 'all', 'worker'] as const),
);

async function startAll(runtimes: readonly Runtime[], given: readonly Start[]): Promise<string[]> {
  const started: Promise<Run>[] = [];
  for (const { via, session, turns, isAwaited } of given) {
    const runtime = runtimes[via] as Runtime;
    const starting = runtime.start('work', { sessionId: session, input: turns });
    started.push(starting);
    if (isAwaited) await starting;
  }
  return (await Promise.all(started)).map((run) => run.id);
}

describe('in several processes over one store', () => {
  it('a session has one run at a time that has begun, the oldest first, whoever drives it', async () => {
    const seed = newSeed();
    console.log(`session order: RUNCHART_SEED=${seed}`);
    const work = defineRun<number>({
      name: 'work',
      execute: async ({ input }) => {
        for (let n = 0; n < input; n += 1) await turn();
      },
    });
    const property = fc.asyncProperty(
      fc.scheduler(),
      roles,
      starts,
      fc.option(fc.nat(12), { nil: undefined }),
      async (scheduler, given, all, crashAfter) => {
        const turns = turnsIn(memory());
        const dying = crashableStores(turns.stores);
        const views = [turns.stores, turns.stores, dying.stores];
        const opening = given.map((role, i) =>
          open({
            stores: scheduledStores(views[i] ?? turns.stores, scheduler, SCHEDULED),
            role,
            definitions: [work],
            concurrency: 3,
            clock: HASTY,
            onError: () => {},
          }),
        );
        const runtimes = await scheduler.waitFor(Promise.all(opening));
        // The third one starts nothing when it is to die: its starts would never be answered.
        const mine = all.map((one) => ({
          ...one,
          via: crashAfter === undefined ? one.via : one.via % 2,
        }));
        if (crashAfter !== undefined) void dying.crashAfter(crashAfter + 1);
        const ids = await scheduler.waitFor(startAll(runtimes, mine));
        const looking = await open({ stores: turns.stores });
        const results = ids.map(async (id) => (await looking.get(id)).result());
        await scheduler.waitFor(Promise.all(results));
        expect(turns.together).toEqual([]);
        // What one process alone may begin it begins in the order in which its calls were answered.
        if (given[0] === 'orchestrator' && given[1] === 'worker') expect(turns.early).toEqual([]);
        const closing = runtimes.slice(0, 2).map((runtime) => runtime.close());
        await scheduler.waitFor(Promise.all([...closing, dying.crash(), looking.close()]));
      },
    );
    await fc.assert(property, { seed, numRuns: runs(60), timeout: 20_000 });
  }, 120_000);
});

describe.each(PLACES)('over one store: %s', (_, create) => {
  it('a run waits for an older one of its session in another process, and begins when that ends', async () => {
    using place = create();
    const [here, there] = [waiting(), waiting()];
    await using one = await open({ stores: place.stores(), definitions: [here.definition] });
    await using other = await open({ stores: place.stores(), definitions: [there.definition] });
    const first = await one.start(here.definition, { sessionId: 's' });
    await here.hasBegun(first.id);
    const second = await other.start(there.definition, { sessionId: 's' });
    const aside = await other.start(there.definition, { sessionId: 'elsewhere' });
    await there.hasBegun(aside.id);
    expect(there.begun).toEqual([aside.id]);
    here.finish(first.id);
    await there.hasBegun(second.id);
    there.finish(second.id);
    there.finish(aside.id);
    await Promise.all([second.result(), aside.result()]);
  });

  it('a run that is parked keeps its turn, also for the runs of other processes', async () => {
    using place = create();
    const asks = defineRun({
      name: 'asks',
      execute: async ({ receive }) => void (await receive()),
    });
    const there = waiting();
    const definitions = [asks, there.definition];
    await using one = await open({ stores: place.stores(), definitions });
    await using other = await open({ stores: place.stores(), definitions });
    const first = await one.start(asks, { sessionId: 's' });
    await eventually(async () => (await one.info(first.id)).owner === null);
    const second = await other.start(there.definition, { sessionId: 's' });
    await settled(50);
    expect(there.begun).toEqual([]);
    await other.get(first.id).then((run) => run.send('go on'));
    await first.result();
    await there.hasBegun(second.id);
    there.finish(second.id);
    await second.result();
  });

  it('runs that are opened, by nobody or without a definition, keep no turn', async () => {
    using place = create();
    const work = waiting();
    await using one = await open({ stores: place.stores() });
    await using other = await open({ stores: place.stores(), definitions: [work.definition] });
    const opened = await one.open({ sessionId: 's' });
    await opened.record({ type: 'run.started' });
    const run = await other.start(work.definition, { sessionId: 's' });
    await work.hasBegun(run.id);
    work.finish(run.id);
    await run.result();
    await opened.complete();
  });

  it('a run that is cancelled while it has the turn lets the next one begin', async () => {
    using place = create();
    const [here, there] = [waiting(), waiting()];
    await using one = await open({ stores: place.stores(), definitions: [here.definition] });
    await using other = await open({ stores: place.stores(), definitions: [there.definition] });
    const first = await one.start(here.definition, { sessionId: 's' });
    await here.hasBegun(first.id);
    const second = await other.start(there.definition, { sessionId: 's' });
    expect(await (await other.get(first.id)).cancel()).toMatchObject({ outcome: 'cancelled' });
    await there.hasBegun(second.id);
    there.finish(second.id);
    await second.result();
    expect(await codeOf(first.result())).toBe('RUN_CANCELLED');
  });

  it('where abandoned runs are left as they are they keep no turn', async () => {
    using place = create();
    const [lost, work] = [waiting(), waiting()];
    const dying = crashableStores(place.stores());
    const gone = await open({ stores: dying.stores, definitions: [lost.definition] });
    const first = await gone.start(lost.definition, { sessionId: 's' });
    await lost.hasBegun(first.id);
    await dying.crash();
    await using next = await open({
      stores: place.stores(),
      definitions: [work.definition],
      recovery: 'leave',
    });
    const second = await next.start(work.definition, { sessionId: 's' });
    await work.hasBegun(second.id);
    work.finish(second.id);
    expect(await second.result()).toBe('done');
    lost.finish(first.id);
  });
});

it('explain and diagnose say whose turn it is, also where nobody has its version', async () => {
  const stores = memory();
  const old = defineRun({ name: 'work', version: '1', execute: () => {} });
  const now = defineRun({ name: 'work', version: '2', execute: () => {} });
  await using starts = await open({ stores, role: 'orchestrator', definitions: [old] });
  const first = await starts.start(old, { sessionId: 's' });
  await using worker = await open({ stores, role: 'worker', definitions: [now] });
  const second = await worker.start(now, { sessionId: 's' });
  await settled(100);
  expect((await worker.info(second.id)).snapshot.attempt).toBe(0);
  expect((await worker.explain(second.id)).waitsFor).toEqual([
    `its turn in its session: run ${first.id}, which is older, is not over`,
  ]);
  const { abandoned } = await worker.diagnose();
  const whys = abandoned.map(({ snapshot, why }) => [snapshot.runId, why]);
  expect(Object.fromEntries(whys)).toEqual({
    [first.id]:
      'nobody has begun it; it began with version 1 of "work", and version 2 does not resume that; 1 run of its session waits for it',
    [second.id]: `nobody has begun it; it will be taken over, once run ${first.id} of its session is over`,
  });
  await first.cancel();
  await second.result();
});
