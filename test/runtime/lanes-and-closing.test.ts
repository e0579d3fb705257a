import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRuntime, defineRun } from '../../src/index.ts';
import { heldStores } from '../../src/testing/index.ts';
import {
  codeOf,
  collect,
  eventually,
  expectSound,
  open,
  PLACES,
  settled,
  stateOf,
  typesOf,
  upTo,
  waiting,
} from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('at most as many runs are driven at once as the limit says', async () => {
    using place = create();
    let now = 0;
    let most = 0;
    const busy = defineRun({
      name: 'busy',
      execute: async () => {
        now += 1;
        most = Math.max(most, now);
        await sleep(20);
        now -= 1;
      },
    });
    await using runtime = await open({
      stores: place.stores(),
      definitions: [busy],
      concurrency: 3,
    });
    const runs = await Promise.all(upTo(20).map(() => runtime.start(busy)));
    await Promise.all(runs.map((run) => run.result()));
    expect(most).toBe(3);
  });

  it('runs of a session are driven one after the other, in the order in which they came', async () => {
    using place = create();
    const order: string[] = [];
    const busy = defineRun({
      name: 'busy',
      execute: async ({ prompt }) => {
        order.push(`${prompt} begins`);
        await settled(2);
        order.push(`${prompt} ends`);
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [busy] });
    for (const prompt of ['a', 'b', 'c']) await runtime.start(busy, { prompt, sessionId: 's' });
    await runtime.start(busy, { prompt: 'x', sessionId: 'other' });
    await runtime.drain();
    expect(order.filter((entry) => !entry.startsWith('x'))).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
      'c begins',
      'c ends',
    ]);
    expect(order.indexOf('x begins')).toBeLessThan(order.indexOf('c begins'));
  });

  it('a run that fails does not keep the next one of its session', async () => {
    using place = create();
    const flaky = defineRun({
      name: 'flaky',
      execute: ({ prompt }) => {
        if (prompt === 'bad') throw new Error('bad');
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [flaky] });
    const bad = await runtime.start(flaky, { prompt: 'bad', sessionId: 's' });
    const good = await runtime.start(flaky, { prompt: 'good', sessionId: 's' });
    expect(await codeOf(bad.result())).toBe('RUN_FAILED');
    expect(await codeOf(good.result())).toBe('none');
  });

  it('higher priority goes first, in a session and among sessions', async () => {
    using place = create();
    const work = waiting();
    const order: string[] = [];
    const quick = defineRun({ name: 'quick', execute: ({ prompt }) => void order.push(prompt) });
    const definitions = [work.definition, quick];
    await using runtime = await open({ stores: place.stores(), definitions, concurrency: 1 });
    const first = await runtime.start(work.definition, { sessionId: 's' });
    await work.hasBegun(first.id);
    const queue = [
      ['low', 's', 0],
      ['high', 's', 9],
      ['middle', 's', 5],
    ] as const;
    for (const [prompt, sessionId, priority] of queue) {
      await runtime.start(quick, { prompt, sessionId, priority });
    }
    await runtime.start(quick, { prompt: 'lowest of another', priority: -1 });
    await runtime.start(quick, { prompt: 'highest of another', priority: 99 });
    work.finish(first.id);
    await runtime.drain();
    expect(order[0]).toBe('highest of another');
    expect(order.filter((prompt) => !prompt.includes('another'))).toEqual([
      'high',
      'middle',
      'low',
    ]);
  });

  it('drain takes no new runs and waits for those it has; commands are still heard', async () => {
    using place = create();
    const work = waiting();
    await using runtime = await open({ stores: place.stores(), definitions: [work.definition] });
    const first = await runtime.start(work.definition, { sessionId: 's' });
    const second = await runtime.start(work.definition, { sessionId: 's' });
    await work.hasBegun(first.id);
    const draining = runtime.drain();
    expect(await codeOf(runtime.open())).toBe('RUNTIME_CLOSED');
    expect(await codeOf(runtime.start(work.definition))).toBe('RUNTIME_CLOSED');
    expect(await stateOf(draining)).toBe('pending');
    await first.record({ type: 'log' });
    await first.cancel();
    await work.hasBegun(second.id);
    work.finish(second.id);
    await draining;
    expect(await second.result()).toBe('done');
  });

  it('close tells the work to stop and lets its runs go, for others to claim', async () => {
    using place = create();
    const work = waiting();
    const runtime = await open({ stores: place.stores(), definitions: [work.definition] });
    const run = await runtime.start(work.definition, { sessionId: 's' });
    const queued = await runtime.start(work.definition, { sessionId: 's' });
    await work.hasBegun(run.id);
    const following = collect(run.events());
    const result = codeOf(run.result());
    await settled();
    await runtime.close();
    expect(work.signal(run.id).reason).toMatchObject({ code: 'RUNTIME_CLOSED' });
    expect(await result).toBe('RUNTIME_CLOSED');
    await following;
    const stores = place.stores();
    await using next = await open({ stores });
    expect(await next.info(run.id)).toMatchObject({
      owner: null,
      snapshot: { status: 'executing' },
    });
    expect(await next.info(queued.id)).toMatchObject({ owner: { alive: false } });
    expect(typesOf(await expectSound(stores, run.id)).at(-1)).toBe('attempt.ended');
    expect(work.begun).toEqual([run.id]);
    const abandoned = (await next.diagnose()).abandoned.map(({ snapshot }) => snapshot.runId);
    expect(abandoned.toSorted()).toEqual([run.id, queued.id].toSorted());
    const claimed = await next.claim(run.id);
    expect(await claimed?.complete()).toMatchObject({ outcome: 'completed' });
    expect((await claimed?.snapshot())?.attempt).toBe(2);
  });

  it('close does not wait for ever for work that ignores its signal', async () => {
    using place = create();
    const gate = Promise.withResolvers<void>();
    const errors: unknown[] = [];
    const begun = Promise.withResolvers<void>();
    const deaf = defineRun({
      name: 'deaf',
      execute: async () => {
        begun.resolve();
        await gate.promise;
      },
    });
    const runtime = await createRuntime({
      stores: place.stores(),
      definitions: [deaf],
      onError: (error) => errors.push(error),
    });
    const run = await runtime.start(deaf);
    await begun.promise;
    const before = performance.now();
    await runtime.close({ graceMs: 20 });
    expect(performance.now() - before).toBeLessThan(2_000);
    gate.resolve();
    await eventually(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'RUNTIME_CLOSED' });
    const stores = place.stores();
    await using next = await open({ stores });
    expect(await next.info(run.id)).toMatchObject({
      owner: { alive: false },
      snapshot: { status: 'executing' },
    });
    await expectSound(stores, run.id);
  });

  it('work that ends within the grace has its result recorded', async () => {
    using place = create();
    const begun = Promise.withResolvers<void>();
    const polite = defineRun<undefined, undefined, string>({
      name: 'polite',
      execute: async ({ signal }) => {
        begun.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        return 'just in time';
      },
    });
    const runtime = await open({ stores: place.stores(), definitions: [polite] });
    const run = await runtime.start(polite);
    await begun.promise;
    await runtime.close();
    await using next = await open({ stores: place.stores() });
    expect(await (await next.get(run.id)).result()).toBe('just in time');
  });

  it('after close every call is RUNTIME_CLOSED, and closing again does nothing', async () => {
    using place = create();
    const work = waiting();
    const runtime = await open({ stores: place.stores(), definitions: [work.definition] });
    const run = await runtime.open();
    await runtime.close();
    await runtime.close();
    await runtime[Symbol.asyncDispose]();
    const calls = [
      runtime.open(),
      runtime.start(work.definition),
      runtime.claim(run.id),
      runtime.get(run.id),
      runtime.list(),
      runtime.info(run.id),
      runtime.verify(run.id),
      runtime.diagnose(),
      run.snapshot(),
      run.record({ type: 'log' }),
      run.complete(),
      run.fail('x'),
      run.cancel(),
      run.result(),
      run.outputs.progress('p'),
      collect(run.events()),
    ];
    const codes = await Promise.all(calls.map((call) => codeOf(call)));
    expect(new Set(codes)).toEqual(new Set(['RUNTIME_CLOSED']));
  });

  it('close waits for what is being written', async () => {
    using place = create();
    const held = heldStores(place.stores());
    const runtime = await open({ stores: held.stores });
    const run = await runtime.open();
    held.hold();
    const recording = run.record({ type: 'log' });
    await held.held();
    const closing = runtime.close();
    expect(await stateOf(closing)).toBe('pending');
    held.release();
    expect(await recording).toMatchObject({ seq: 2 });
    await closing;
  });

  it('a closed runtime leaves the others on its store alone', async () => {
    using place = create();
    const first = await open({ stores: place.stores() });
    await using second = await open({ stores: place.stores() });
    const run = await first.open();
    const same = await second.get(run.id);
    const following = collect(same.events());
    await first.close();
    await same.record({ type: 'log' });
    await same.complete();
    expect(await following).toHaveLength(3);
  });

  it('await using closes a runtime, also when its block throws', async () => {
    using place = create();
    let run: { cancel(): Promise<unknown> } | undefined;
    const block = async (): Promise<void> => {
      await using runtime = await open({ stores: place.stores() });
      run = await runtime.open();
      throw new Error('block');
    };
    await expect(block()).rejects.toThrow('block');
    expect(await codeOf(run?.cancel() ?? Promise.resolve())).toBe('RUNTIME_CLOSED');
  });
});

it('stores that do not open give no runtime', async () => {
  const held = heldStores((await import('../../src/stores/memory/index.ts')).memory());
  held.hold('open');
  const opening = createRuntime({ stores: held.stores });
  await held.held();
  held.fail(new Error('no disk'));
  await expect(opening).rejects.toThrow('no disk');
});
