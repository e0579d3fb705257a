import { describe, expect, it } from 'vitest';
import {
  assign,
  createMachine,
  emit,
  fromPromise,
  log,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { defineRun, fromInterrupt } from '../../src/index.ts';
import { codeOf, eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';
import { eventsOf, isParked, statesOf } from '../support/runtime/waiting-runs.ts';
import { typed } from '../support/typed.ts';
import { virtualClock } from '../../src/testing/index.ts';

const HOUR = 60 * 60_000;

describe.each(PLACES)('what a machine has done on %s', (_, create) => {
  it('invokes promises as steps, each time anew, and hears of how they end', async () => {
    let calls = 0;
    const machine = setup({
      types: typed<{
        input: { of: string };
        context: { of: string; got: string[]; wrong: string };
      }>(),
      actors: {
        fetch: fromPromise<string, { of: string }>(async ({ input }) => {
          calls += 1;
          if (calls === 3) throw Object.assign(new Error('no more'), { code: 'E_NO_MORE' });
          return `${input.of} ${calls}`;
        }),
      },
    }).createMachine({
      id: 'fetcher',
      context: ({ input }) => ({ of: input.of, got: [], wrong: '' }),
      initial: 'fetching',
      output: ({ context }) => context,
      states: {
        fetching: {
          invoke: {
            id: 'fetch',
            src: 'fetch',
            input: ({ context }) => ({ of: context.of }),
            onDone: {
              target: 'fetching',
              reenter: true,
              actions: assign({ got: ({ context, event }) => [...context.got, event.output] }),
            },
            onError: {
              target: 'failed',
              actions: assign({
                wrong: ({ event }) =>
                  `${(event.error as { code: string }).code}: ${String(event.error)}`,
              }),
            },
          },
        },
        failed: { type: 'final' },
      },
    });
    using place = create();
    const stores = place.stores();
    const definition = defineRun({ name: 'fetcher', machine });
    await using runtime = await open({ stores, definitions: [definition] });
    const run = await runtime.start(definition, { input: { of: 'page' } });
    expect(await run.result()).toEqual({
      of: 'page',
      got: ['page 1', 'page 2'],
      wrong: 'E_NO_MORE: Error: no more',
    });
    const ends = await expectSound(stores, run.id);
    expect(
      ends.flatMap(({ event: { type, stepId } }) =>
        type === 'step.completed' || type === 'step.failed' ? [`${type} ${String(stepId)}`] : [],
      ),
    ).toEqual(['step.completed fetch', 'step.completed fetch#2', 'step.failed fetch#3']);
  });

  it('leaving a state aborts what it invoked, whose result is dropped; so does cancelling the run', async () => {
    const aborted: string[] = [];
    const gate = Promise.withResolvers<string>();
    const slow = (name: string) =>
      fromPromise<string>(async ({ signal }) => {
        signal.addEventListener('abort', () => aborted.push(name));
        return gate.promise;
      });
    const machine = setup({
      actors: { first: slow('first'), second: slow('second') },
    }).createMachine({
      id: 'leaver',
      initial: 'first',
      states: {
        first: {
          invoke: { src: 'first', id: 'first', onDone: 'wrong' },
          on: { SKIP: 'second' },
        },
        second: { invoke: { src: 'second', id: 'second', onDone: 'wrong' }, on: { DONE: 'wrong' } },
        wrong: { type: 'final' },
      },
    });
    using place = create();
    const stores = place.stores();
    await using runtime = await open({
      stores,
      definitions: [defineRun({ name: 'leaver', machine })],
    });
    const run = await runtime.start('leaver');
    await eventually(async () => (await eventsOf(stores, run.id, 'step.started')).length === 1);
    await run.send({ type: 'SKIP' });
    await eventually(async () => (await eventsOf(stores, run.id, 'step.started')).length === 2);
    expect(aborted).toEqual(['first']);
    await run.cancel();
    expect(aborted).toEqual(['first', 'second']);
    gate.resolve('too late');
    await runtime.drain();
    const log = await expectSound(stores, run.id);
    expect(log.at(-1)?.event.type).toBe('run.cancelled');
    const [left] = await eventsOf(stores, run.id, 'step.failed');
    expect(left).toMatchObject({ stepId: 'first', error: { name: 'AbortError' } });
    expect(await eventsOf(stores, run.id, 'step.completed')).toEqual([]);
  });

  it('executes actions in order after the transition is in the log, and waits for them', async () => {
    const seen: unknown[] = [];
    using place = create();
    const stores = place.stores();
    let runId = '';
    const look = (what: string) => async () => {
      const states = await statesOf(stores, runId);
      seen.push([what, states.at(-1)]);
    };
    const machine = setup({
      types: typed<{
        context: { mail: string[] };
        events: { type: 'GO' | 'MAIL' | 'SELF' | 'END' };
      }>(),
      actions: { leave: look('leave'), move: look('move'), enter: look('enter') },
    }).createMachine({
      id: 'actor',
      context: { mail: [] },
      initial: 'a',
      output: ({ context }) => context.mail,
      states: {
        a: {
          exit: 'leave',
          on: { GO: { target: 'b', actions: ['move', raise({ type: 'MAIL' })] } },
        },
        b: {
          entry: [
            'enter',
            log('in b', 'where'),
            emit({ type: 'arrived' }),
            sendTo(({ self }) => self, { type: 'SELF' }),
            ({ self }) => self.send({ type: 'END' }),
          ],
          on: {
            MAIL: { actions: assign({ mail: ({ context }) => [...context.mail, 'raised'] }) },
            SELF: { actions: assign({ mail: ({ context }) => [...context.mail, 'sent'] }) },
            END: 'c',
          },
        },
        c: { type: 'final' },
      },
    });
    await using runtime = await open({
      stores,
      definitions: [defineRun({ name: 'actor', machine })],
    });
    const run = await runtime.start('actor');
    runId = run.id;
    await run.send({ type: 'GO' });
    expect(await run.result()).toEqual(['raised', 'sent']);
    expect(seen).toEqual([
      ['leave', 'b'],
      ['move', 'b'],
      ['enter', 'b'],
    ]);
    expect(await eventsOf(stores, runId, 'machine.emitted')).toEqual([
      { type: 'machine.emitted', event: { type: 'arrived' } },
    ]);
    expect(await eventsOf(stores, runId, 'log')).toEqual([
      { type: 'log', level: 'info', message: 'where', data: 'in b' },
    ]);
  });

  it('fails with what an action, a guard or an unhandled promise throws', async () => {
    const boom = (): never => {
      throw Object.assign(new Error('boom'), { code: 'E_BOOM' });
    };
    const machines = [
      createMachine({ initial: 'a', states: { a: { entry: boom } } }),
      createMachine({
        initial: 'a',
        states: { a: { always: { guard: boom, target: 'b' } }, b: {} },
      }),
      createMachine({ initial: 'a', context: boom, states: { a: {} } }),
      createMachine({ initial: 'a', states: { a: { invoke: { src: fromPromise(boom) } } } }),
      createMachine({ initial: 'a', states: { a: { entry: async () => boom() } } }),
    ];
    using place = create();
    const definitions = machines.map((machine, i) => defineRun({ name: `fails ${i}`, machine }));
    await using runtime = await open({ stores: place.stores(), definitions });
    for (const definition of definitions) {
      const run = await runtime.start(definition);
      expect(await codeOf(run.result())).toBe('RUN_FAILED');
      expect((await run.snapshot()).error?.message, definition.name).toContain('boom');
    }
  });

  it('asks a person by an interrupt, over a restart, and stops asking when it leaves the state', async () => {
    const clock = virtualClock();
    const machine = setup({
      types: typed<{ context: { said: string } }>(),
      actors: { ask: fromInterrupt<{ approved: boolean }>() },
    }).createMachine({
      id: 'release',
      context: { said: '' },
      initial: 'asking',
      output: ({ context }) => context.said,
      states: {
        asking: {
          invoke: {
            id: 'approval',
            src: 'ask',
            input: { question: 'Release?', schema: { type: 'object' }, expiresInMs: HOUR },
            onDone: {
              target: 'done',
              actions: assign({ said: ({ event }) => `${event.output.approved}` }),
            },
            onError: {
              target: 'done',
              actions: assign({ said: ({ event }) => (event.error as { code: string }).code }),
            },
          },
          on: { AGAIN: { target: 'asking', reenter: true } },
        },
        done: { type: 'final' },
      },
    });
    using place = create();
    const definitions = [defineRun({ name: 'release', machine })];
    const ids: string[] = [];
    {
      await using runtime = await open({ stores: place.stores(), definitions, clock });
      for (let i = 0; i < 2; i += 1) {
        const run = await runtime.start('release');
        ids.push(run.id);
        await isParked(run);
        expect((await run.interrupts.list()).map(({ id }) => id)).toEqual(['approval']);
      }
    }
    const stores = place.stores();
    await using runtime = await open({ stores, definitions, clock });
    const [first, second] = await Promise.all(ids.map((id) => runtime.get(id)));
    if (first === undefined || second === undefined) throw new TypeError('Expected two runs');
    await first.send({ type: 'AGAIN' });
    await eventually(async () => (await first.interrupts.list())[0]?.id === 'approval#2');
    const [asked, ...others] = await first.interrupts.list();
    expect(others).toEqual([]);
    await first.interrupts.resolve('approval#2', asked?.token ?? '', { approved: true });
    expect(await first.result()).toBe('true');
    await isParked(second);
    await clock.advance(HOUR);
    expect(await second.result()).toBe('INTERRUPT_EXPIRED');
    await expectSound(stores, first.id);
  });

  it('what a state spawns by name is work like what it invokes, and ends with the machine', async () => {
    const aborted: string[] = [];
    const machine = setup({
      types: typed<{ context: { got: string } }>(),
      actors: {
        quick: fromPromise(async () => 'quick'),
        endless: fromPromise(
          ({ signal }) =>
            new Promise<string>(() => {
              signal.addEventListener('abort', () => aborted.push('endless'));
            }),
        ),
      },
    }).createMachine({
      context: { got: '' },
      entry: [spawnChild('quick', { id: 'one' }), spawnChild('endless', { id: 'two' })],
      initial: 'a',
      output: ({ context }) => context.got,
      states: {
        a: {
          on: {
            'xstate.done.actor.one': {
              target: 'b',
              actions: assign({
                got: ({ event }: { event: unknown }) => (event as { output: string }).output,
              }),
            },
          },
        },
        b: { type: 'final' },
      },
    });
    using place = create();
    const stores = place.stores();
    await using runtime = await open({
      stores,
      definitions: [defineRun({ name: 'spawner', machine })],
    });
    const run = await runtime.start('spawner');
    expect(await run.result()).toBe('quick');
    expect(aborted).toEqual(['endless']);
    const log = await expectSound(stores, run.id);
    expect(log.filter(({ late }) => late)).toEqual([]);
  });
});
