import { describe, expect, it } from 'vitest';
import { defineRun, type RuntimeSignal } from '../../src/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import {
  codeOf,
  eventually,
  expectSound,
  open,
  PLACES,
  settled,
  typesOf,
  upTo,
  waiting,
} from '../support/runtime/helpers.ts';

describe.each(PLACES)('roles on %s', (_, create) => {
  it('an orchestrator starts runs that are nobody’s, and drives none of them', async () => {
    using place = create();
    const work = waiting();
    const definitions = [work.definition];
    await using here = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    const run = await here.start(work.definition, { priority: 3 });
    await settled(50);
    expect(work.begun).toEqual([]);
    expect(await here.info(run.id)).toMatchObject({
      owner: null,
      snapshot: {
        status: 'created',
        attempt: 0,
        epoch: 1,
        waiting: { parked: 'released', wakeAtMs: 0, interrupts: [] },
      },
    });
    expect((await here.verify(run.id)).problems).toEqual([]);
    expect((await here.stats()).ownerId).toBeNull();
    expect(await codeOf(here.start('nobody’s'))).toBe('DEFINITION_UNKNOWN');
  });

  it('a worker drives what an orchestrator started, and is commanded by it', async () => {
    using place = create();
    const work = waiting();
    const definitions = [work.definition];
    await using here = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    await using worker = await open({ stores: place.stores(), role: 'worker', definitions });
    const [first, second] = await Promise.all(upTo(2).map(() => here.start(work.definition)));
    await work.hasBegun(first?.id ?? '');
    await work.hasBegun(second?.id ?? '');
    work.finish(first?.id ?? '', 'well done');
    expect(await first?.result()).toBe('well done');
    await second?.cancel({ reason: 'enough' });
    await eventually(() => work.signal(second?.id ?? '').aborted);
    expect((await worker.stats()).driven.count).toBe(0);
    const stores = place.stores();
    await using looking = await open({ stores });
    const log = await expectSound(stores, first?.id ?? '');
    expect(typesOf(log).slice(0, 2)).toEqual(['run.created', 'attempt.started']);
    expect((await looking.verify(first?.id ?? '')).problems).toEqual([]);
  });

  it('with every policy a worker begins what nobody has begun, and leaves it to no policy', async () => {
    for (const recovery of ['resume', 'fail', 'leave'] as const) {
      using place = create();
      const quick = defineRun({ name: 'quick', execute: () => {} });
      const definitions = [quick];
      await using here = await open({ stores: place.stores(), role: 'orchestrator', definitions });
      const run = await here.start(quick);
      const options = { role: 'worker', definitions, recovery } as const;
      await using worker = await open({ stores: place.stores(), ...options });
      await (await worker.get(run.id)).result();
      expect((await here.info(run.id)).snapshot.status).toBe('completed');
    }
  });

  it('a worker has no more begun or ready than it has places for, and takes the rest as they get free', async () => {
    using place = create();
    let now = 0;
    let most = 0;
    const busy = defineRun({
      name: 'busy',
      execute: async () => {
        most = Math.max(most, (now += 1));
        await settled(5);
        now -= 1;
      },
    });
    const definitions = [busy];
    await using here = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    const runs = [];
    for (const _n of upTo(30)) runs.push(await here.start(busy));
    const options = { role: 'worker', definitions, concurrency: 2, sweepMs: 60_000 } as const;
    await using worker = await open({ stores: place.stores(), ...options });
    let ready = 0;
    const look = async (): Promise<boolean> => {
      const { dispatch } = await worker.stats();
      ready = Math.max(ready, (dispatch?.queued ?? 0) + (dispatch?.driven ?? 0));
      return (await here.counts()).completed === runs.length;
    };
    await eventually(look, 20_000);
    expect(most).toBe(2);
    expect(ready).toBeGreaterThan(2);
    expect(ready).toBeLessThanOrEqual(5);
  });

  it('a session with many runs keeps no place from others', async () => {
    using place = create();
    const work = waiting();
    const definitions = [work.definition];
    await using here = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    const many = [];
    for (const _n of upTo(12)) many.push(await here.start(work.definition, { sessionId: 's' }));
    const aside = await here.start(work.definition);
    const options = { role: 'worker', definitions, concurrency: 2, sweepMs: 60_000 } as const;
    await using _worker = await open({ stores: place.stores(), ...options });
    await work.hasBegun(aside.id);
    for (const run of many) {
      await work.hasBegun(run.id);
      work.finish(run.id);
      await run.result();
    }
    expect(work.begun.filter((id) => id !== aside.id)).toEqual(many.map(({ id }) => id));
    work.finish(aside.id);
    await aside.result();
  });

  it('a version that a worker does not have is left for one that has it, and told of once', async () => {
    using place = create();
    const of = (version: string) => defineRun({ name: 'work', version, execute: () => version });
    await using here = await open({
      stores: place.stores(),
      role: 'orchestrator',
      definitions: [of('2')],
    });
    const signals: RuntimeSignal[] = [];
    await using _old = await open({
      stores: place.stores(),
      role: 'worker',
      definitions: [of('1')],
      sweepMs: 5,
      observe: (signal) => void signals.push(signal),
    });
    const run = await here.start('work');
    await eventually(() => signals.filter(({ type }) => type === 'recovery.swept').length > 5);
    expect((await here.info(run.id)).snapshot.attempt).toBe(0);
    await using _new = await open({
      stores: place.stores(),
      role: 'worker',
      definitions: [of('2')],
    });
    expect(await run.result()).toBe('2');
    const left = signals.filter(({ type }) => type === 'run.left');
    expect(left).toMatchObject([{ runId: run.id }]);
  });

  it('a child that a worker starts is anybody’s', async () => {
    using place = create();
    const child = waiting('part');
    const parent = defineRun({
      name: 'whole',
      execute: ({ child: startChild }) => startChild(child.definition, undefined),
    });
    await using here = await open({
      stores: place.stores(),
      role: 'orchestrator',
      definitions: [parent],
    });
    // One has the code of both, and a single place, which its own child could not have while it is taken.
    const both = { role: 'worker', definitions: [parent, child.definition] } as const;
    await using _one = await open({ stores: place.stores(), ...both, concurrency: 1 });
    await using _other = await open({ stores: place.stores(), ...both, concurrency: 1 });
    const run = await here.start('whole');
    await eventually(() => child.begun.length === 1);
    child.finish(child.begun[0] ?? '', 'of it');
    expect(await run.result()).toBe('of it');
    const stores = place.stores();
    await using _looking = await open({ stores });
    const log = await expectSound(stores, child.begun[0] ?? '');
    expect(log[0]?.event).toMatchObject({ unowned: true });
  });

  it('a worker that closes hands over what it drives, and others go on without waiting for its end', async () => {
    using place = create();
    const [here, there] = [waiting(), waiting()];
    const slow = { role: 'worker', sweepMs: 600_000 } as const;
    await using starts = await open({
      stores: place.stores(),
      role: 'orchestrator',
      definitions: [here.definition],
    });
    const one = await open({ stores: place.stores(), ...slow, definitions: [here.definition] });
    const run = await starts.start(here.definition);
    await here.hasBegun(run.id);
    await using _other = await open({
      stores: place.stores(),
      ...slow,
      definitions: [there.definition],
    });
    await one.close();
    await there.hasBegun(run.id);
    there.finish(run.id);
    expect(await run.result()).toBe('done');
    expect((await starts.info(run.id)).snapshot.attempt).toBe(2);
  });

  it('a worker that drains lets its runs end, begins no other, and leaves those to others', async () => {
    using place = create();
    const work = waiting();
    const definitions = [work.definition];
    await using starts = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    await using worker = await open({
      stores: place.stores(),
      role: 'worker',
      definitions,
      concurrency: 1,
    });
    const first = await starts.start(work.definition);
    await work.hasBegun(first.id);
    const second = await starts.start(work.definition);
    const draining = worker.drain();
    work.finish(first.id);
    await draining;
    expect(await first.result()).toBe('done');
    await settled(50);
    expect(work.begun).toEqual([first.id]);
    expect((await starts.info(second.id)).snapshot.attempt).toBe(0);
  });

  it('what others write is no reason to ask which owners are alive', async () => {
    using place = create();
    const asked: string[] = [];
    const work = waiting();
    const definitions = [work.definition];
    const stores = wrapStores(place.stores(), async ({ method }, proceed) => {
      asked.push(method);
      return proceed();
    });
    await using worker = await open({ stores, role: 'worker', definitions, sweepMs: 60_000 });
    const before = asked.filter((method) => method === 'events.owners').length;
    await using starts = await open({ stores: place.stores(), role: 'orchestrator', definitions });
    const run = await starts.start(work.definition);
    await work.hasBegun(run.id);
    expect(asked.filter((method) => method === 'events.owners').length).toBe(before);
    work.finish(run.id);
    await (await worker.get(run.id)).result();
  });

  it('a role that is none is refused', async () => {
    using place = create();
    const options = { stores: place.stores(), role: 'boss' as 'all' };
    expect(await codeOf(open(options))).toBe('INPUT_INVALID');
  });
});
