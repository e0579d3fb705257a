import { describe, expect, expectTypeOf, it } from 'vitest';
import { assign, createMachine, fromPromise, setup } from 'xstate';
import { defineRun, type RunDefinition } from '../../src/index.ts';
import { codeOf, eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';
import { eventsOf, isParked, statesOf } from '../support/runtime/waiting-runs.ts';
import { typed } from '../support/typed.ts';
import { virtualClock } from '../../src/testing/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const light = createMachine({
  id: 'light',
  initial: 'green',
  context: { rounds: 0 },
  output: ({ context }) => context,
  states: {
    green: { after: { [HOUR]: 'yellow' }, on: { STOP: 'off' } },
    yellow: { after: { [10 * MINUTE]: 'red' } },
    red: {
      entry: assign({ rounds: ({ context }) => context.rounds + 1 }),
      after: { [HOUR]: 'green' },
      on: { STOP: 'off' },
    },
    off: { type: 'final' },
  },
});

describe.each(PLACES)('a machine on %s', (_, create) => {
  it('waits for what is left of its hour after a restart, and holds no memory meanwhile', async () => {
    using place = create();
    const clock = virtualClock();
    const definitions = [defineRun({ name: 'light', machine: light })];
    let runId: string;
    {
      await using runtime = await open({ stores: place.stores(), definitions, clock });
      const run = await runtime.start('light');
      runId = run.id;
      await isParked(run);
      expect((await runtime.info(runId)).owner).toBeNull();
      await clock.advance(HOUR / 2);
    }
    const stores = place.stores();
    await using runtime = await open({ stores, definitions, clock });
    const run = await runtime.get(runId);
    await clock.advance(HOUR / 2 - 1);
    expect(await statesOf(stores, runId)).toEqual(['green']);
    await clock.advance(1);
    await eventually(async () => (await statesOf(stores, runId)).length === 2);
    await isParked(run);
    await clock.advance(10 * MINUTE);
    await eventually(async () => (await statesOf(stores, runId)).length === 3);
    expect(await statesOf(stores, runId)).toEqual(['green', 'yellow', 'red']);
    await run.send({ type: 'STOP' });
    expect(await run.result()).toEqual({ rounds: 1 });
    await expectSound(stores, runId);
  });

  it('what was due while nobody was there comes before what was sent later, and after what was sent before', async () => {
    const machine = createMachine({
      id: 'offer',
      initial: 'open',
      output: ({ event }) => (event as unknown as { output: unknown }).output,
      states: {
        open: { after: { [HOUR]: 'expired' }, on: { ACCEPT: 'accepted' } },
        expired: { type: 'final', output: 'expired' },
        accepted: { type: 'final', output: 'accepted' },
      },
    });
    for (const [sentAt, expected] of [
      [HOUR - 1, 'accepted'],
      [HOUR + 1, 'expired'],
    ] as const) {
      using place = create();
      const clock = virtualClock();
      const definitions = [defineRun({ name: 'offer', machine })];
      let runId: string;
      {
        await using runtime = await open({ stores: place.stores(), definitions, clock });
        const run = await runtime.start('offer');
        runId = run.id;
        await isParked(run);
      }
      await clock.advance(sentAt);
      {
        // Whoever sends need not have the code.
        await using runtime = await open({ stores: place.stores(), clock });
        await (await runtime.get(runId)).send({ type: 'ACCEPT' });
      }
      await clock.advance(HOUR);
      await using runtime = await open({ stores: place.stores(), definitions, clock });
      expect(await (await runtime.get(runId)).result()).toBe(expected);
    }
  });

  it('takes each signal once and in order, and tells which it had no use for', async () => {
    const machine = setup({
      types: typed<{
        context: { seen: number[] };
        events: { type: 'N'; n: number } | { type: 'END' };
      }>(),
    }).createMachine({
      id: 'counter',
      context: { seen: [] },
      initial: 'counting',
      output: ({ context }) => context.seen,
      states: {
        counting: {
          on: {
            N: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n] }) },
            END: 'ended',
          },
        },
        ended: { type: 'final' },
      },
    });
    using place = create();
    const definitions = [defineRun({ name: 'counter', machine })];
    let runId: string;
    {
      await using runtime = await open({ stores: place.stores(), definitions });
      const run = await runtime.start('counter');
      runId = run.id;
      for (let n = 0; n < 5; n += 1) await run.send({ type: 'N', n });
      await run.send('no event');
      await run.send({ type: 'UNKNOWN' });
      await run.send({ type: 'xstate.done.state.counter' });
      await isParked(run);
      await run.send({ type: 'N', n: 5 });
      await isParked(run);
    }
    const stores = place.stores();
    await using runtime = await open({ stores, definitions });
    const run = await runtime.get(runId);
    await Promise.all([run.send({ type: 'N', n: 6 }), run.send({ type: 'END' })]);
    expect(await run.result()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const ignored = await eventsOf(stores, runId, 'machine.ignored');
    expect(ignored.map(({ cause }) => cause)).toEqual(
      [5, 6, 7].map((index) => ({ from: 'signal', index })),
    );
    // A list in the context costs what is new of it: one channel each.
    const latest = await run.checkpoints.latest();
    expect(latest?.values).toMatchObject({ 'context.seen': [0, 1, 2, 3, 4, 5, 6] });
  });

  it('a fork goes on from any of its checkpoints, with a context that was edited', async () => {
    const done: string[] = [];
    const machine = setup({
      types: typed<{ context: { who: string; said: string[] } }>(),
      actors: {
        greet: fromPromise<string, string>(async ({ input }) => {
          done.push(input);
          return `hello ${input}`;
        }),
      },
    }).createMachine({
      id: 'greeter',
      context: { who: 'Ada', said: [] },
      initial: 'first',
      output: ({ context }) => context.said,
      states: {
        first: {
          invoke: {
            id: 'greet',
            src: 'greet',
            input: ({ context }) => context.who,
            onDone: {
              target: 'between',
              actions: assign({ said: ({ context, event }) => [...context.said, event.output] }),
            },
          },
        },
        between: { on: { NEXT: 'second' } },
        second: {
          invoke: {
            id: 'greet',
            src: 'greet',
            input: ({ context }) => context.who,
            onDone: {
              target: 'end',
              actions: assign({ said: ({ context, event }) => [...context.said, event.output] }),
            },
          },
        },
        end: { type: 'final' },
      },
    });
    using place = create();
    const stores = place.stores();
    await using runtime = await open({
      stores,
      definitions: [defineRun({ name: 'greeter', machine })],
    });
    const source = await runtime.start('greeter');
    await isParked(source);
    await source.send({ type: 'NEXT' });
    expect(await source.result()).toEqual(['hello Ada', 'hello Ada']);
    const between = (await source.checkpoints.list()).find(({ label }) => label === 'between');
    const fork = await runtime.fork(
      { runId: source.id, superStep: between?.superStep ?? 0 },
      { edits: { 'context.who': 'Grace' } },
    );
    await isParked(fork);
    await fork.send({ type: 'NEXT' });
    expect(await fork.result()).toEqual(['hello Ada', 'hello Grace']);
    expect(done).toEqual(['Ada', 'Ada', 'Grace']);
    await expectSound(stores, fork.id);
  });

  it('a machine that was changed is told apart from the one that the run began with', async () => {
    const of = (name: string) =>
      createMachine({ id: 'm', initial: name, states: { [name]: { on: { GO: {} } } } });
    using place = create();
    let runId: string;
    {
      const definitions = [defineRun({ name: 'm', machine: of('before') })];
      await using runtime = await open({ stores: place.stores(), definitions });
      const run = await runtime.start('m');
      runId = run.id;
      await isParked(run);
    }
    const definitions = [defineRun({ name: 'm', machine: of('after') })];
    await using runtime = await open({ stores: place.stores(), definitions });
    const run = await runtime.get(runId);
    await run.send({ type: 'GO' });
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error).toMatchObject({ code: 'DEFINITION_CHANGED' });
  });

  it('has its input from the first transition on: a loop that ends by it ends', async () => {
    let contexts = 0;
    const machine = setup({
      types: typed<{
        input: { n: number };
        context: { n: number; i: number };
        output: { i: number };
      }>(),
    }).createMachine({
      // XState's own initialTransition makes the machine without input first, and never comes back.
      context: ({ input }) => {
        contexts += 1;
        return { n: input.n, i: 0 };
      },
      initial: 'looping',
      output: ({ context }) => ({ i: context.i }),
      states: {
        looping: {
          always: [
            { guard: ({ context }) => context.i >= context.n, target: 'done' },
            { actions: assign({ i: ({ context }) => context.i + 1 }) },
          ],
        },
        done: { type: 'final' },
      },
    });
    using place = create();
    const definition = defineRun({ name: 'loop', version: '2', machine });
    expectTypeOf(definition).toEqualTypeOf<
      RunDefinition<{ n: number }, undefined, { i: number }>
    >();
    await using runtime = await open({ stores: place.stores(), definitions: [definition] });
    const run = await runtime.start(definition, { input: { n: 3 } });
    const { i } = await run.result();
    expect([i, contexts]).toEqual([3, 1]);
    expect((await run.snapshot()).version).toBe('2');
  });

  it('an assign that changes its context in place fails the run: the change would not be kept', async () => {
    const machine = createMachine({
      context: { list: [] as number[] },
      on: {
        GO: {
          actions: assign(({ context }) => {
            context.list.push(1);
            return context;
          }),
        },
      },
    });
    using place = create();
    await using runtime = await open({
      stores: place.stores(),
      definitions: [defineRun({ name: 'm', machine })],
    });
    const run = await runtime.start('m');
    await run.send({ type: 'GO' });
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error).toMatchObject({ name: 'TypeError' });
  });
});
