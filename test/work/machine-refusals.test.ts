import { describe, expect, it } from 'vitest';
import {
  and,
  assign,
  type AnyStateMachine,
  createMachine,
  enqueueActions,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { defineRun, isRunchartError } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { open } from '../support/runtime/helpers.ts';

const work = fromPromise(async () => 1);
const invoking = (invoke: unknown) =>
  createMachine({ id: 'm', initial: 'a', states: { a: { invoke } } } as never) as AnyStateMachine;
const entering = (entry: unknown) =>
  createMachine({ id: 'm', initial: 'a', states: { a: { entry } } } as never) as AnyStateMachine;

/** What is refused when it is defined, and what the refusal names. */
const AT_DEFINITION: readonly (readonly [string, () => AnyStateMachine, RegExp])[] = [
  [
    'fromCallback',
    () => invoking({ src: fromCallback(() => {}) }),
    /state m\.a.*0\.m\.a.*fromCallback/u,
  ],
  [
    'fromObservable',
    () =>
      invoking({
        id: 'o',
        src: fromObservable(() => ({ subscribe: () => ({ unsubscribe() {} }) })),
      }),
    /invokes o, which is fromObservable/u,
  ],
  [
    'fromEventObservable',
    () => invoking({ src: fromEventObservable(() => ({}) as never) }),
    /fromObservable/u,
  ],
  [
    'fromTransition',
    () => invoking({ src: fromTransition((s: number) => s, 0) }),
    /fromTransition/u,
  ],
  [
    'a nested machine',
    () => invoking({ id: 'sub', src: createMachine({}) }),
    /sub, which is a machine/u,
  ],
  [
    'a nested machine by name',
    () => setup({ actors: { sub: createMachine({}) } }).createMachine({ invoke: { src: 'sub' } }),
    /which is a machine/u,
  ],
  [
    'an actor that is not provided',
    () => invoking({ src: 'nobody' }),
    /invokes nobody, which is not provided/u,
  ],
  ['a systemId', () => invoking({ src: work, systemId: 's' }), /systemId/u],
  ['snapshots of a child', () => invoking({ src: work, onSnapshot: {} }), /snapshots/u],
  [
    'an action that is not provided',
    () => entering('nothing'),
    /action nothing, which is not provided/u,
  ],
  [
    'an action of a transition that is not provided',
    () =>
      createMachine({
        initial: 'a',
        states: { a: { always: { actions: { type: 'nothing' } } } },
      } as never),
    /action nothing/u,
  ],
  [
    'an action of an initial transition that is not provided',
    () =>
      createMachine({
        initial: 'a',
        states: { a: { initial: { target: 'b', actions: 'nothing' }, states: { b: {} } } },
      } as never),
    /action nothing/u,
  ],
  [
    'a guard that is not provided',
    () =>
      createMachine({ initial: 'a', states: { a: { on: { GO: { guard: 'maybe' } } } } } as never),
    /guard maybe, which is not provided/u,
  ],
  [
    'a guard within others that is not provided',
    () =>
      createMachine({
        initial: 'a',
        states: { a: { on: { GO: { guard: and([() => true, 'maybe']) } } } },
      } as never),
    /guard maybe/u,
  ],
  [
    'a delay that is not provided: XState would not wait at all',
    () => createMachine({ initial: 'a', states: { a: { after: { LATER: 'b' } }, b: {} } } as never),
    /state.*a.*delay LATER/u,
  ],
  [
    'a delay of raise',
    () => entering(raise({ type: 'X' }, { delay: 'LATER' } as never)),
    /delay LATER/u,
  ],
  [
    'sending to another',
    () => entering(sendTo('other', { type: 'X' }, { delay: 10 })),
    /sends to other/u,
  ],
  ['sending to the parent', () => entering(sendParent({ type: 'X' })), /sends to #_parent/u],
  ['spawning inline logic', () => entering(spawnChild(work, { id: 'w' })), /inline logic/u],
  [
    'spawning without an id',
    () => setup({ actors: { work } }).createMachine({ entry: spawnChild('work') }),
    /spawns work without an id/u,
  ],
  [
    'spawning a machine',
    () =>
      setup({ actors: { sub: createMachine({}) } }).createMachine({
        entry: spawnChild('sub', { id: 'sub' }),
      }),
    /which is a machine/u,
  ],
  [
    'a context that is no JSON',
    () => createMachine({ context: { at: new Date(0) } }),
    /context\.at is a Date/u,
  ],
  ['an id that is taken for something inside', () => invoking({ id: 'a > b', src: work }), / > /u],
];

/** What only shows when it happens. */
const WHEN_IT_HAPPENS: readonly (readonly [string, () => AnyStateMachine, RegExp])[] = [
  [
    'spawn inside assign',
    () =>
      createMachine({ id: 'm', context: {}, entry: assign({ ref: ({ spawn }) => spawn(work) }) }),
    /Machine m: "spawn" inside assign/u,
  ],
  [
    'spawn inside context',
    () =>
      createMachine({
        id: 'm',
        context: ({ spawn }: { spawn: (logic: typeof work) => unknown }) => ({ ref: spawn(work) }),
      }),
    /Machine m: "spawn" inside/u,
  ],
  [
    'a context that is no JSON',
    () =>
      createMachine({
        id: 'm',
        context: { at: null },
        entry: assign({ at: () => new Map() as never }),
      }),
    /context\.at is a Map/u,
  ],
  [
    'an input of an invocation that is no JSON',
    () => invoking({ id: 'w', src: work, input: () => ({ at: new Date(0) }) }),
    /input of w\.at is a Date/u,
  ],
  [
    'an action that is enqueued and not provided',
    () => entering(enqueueActions(({ enqueue }) => enqueue('nothing'))),
    /action nothing is not provided/u,
  ],
  [
    'a machine that is enqueued to be spawned',
    () =>
      setup({ actors: { sub: createMachine({}) } }).createMachine({
        id: 'm',
        entry: enqueueActions(({ enqueue }) => enqueue.spawnChild('sub', { id: 'sub' })),
      }),
    /sub is a machine/u,
  ],
  [
    'sending to somebody else',
    () =>
      entering(
        sendTo(() => ({ id: 'other', send: () => {} }) as never, { type: 'X' } as never, {
          delay: 10,
        }),
      ),
    /sendTo\(other\)/u,
  ],
  [
    'a delay that is no number',
    () => entering(raise({ type: 'X' }, { delay: () => NaN })),
    /delay of X is NaN/u,
  ],
  [
    'an event to come that is no JSON',
    () => entering(raise({ type: 'X', at: new Date(0) } as never, { delay: 10 })),
    /event X\.at is a Date/u,
  ],
  [
    'an event that is sent after the action',
    () =>
      createMachine({
        id: 'm',
        initial: 'a',
        states: {
          a: {
            invoke: {
              id: 'w',
              src: fromPromise(async () => {
                await new Promise((resolve) => setTimeout(resolve, 20));
                return late?.();
              }),
            },
            entry: ({ self }) => {
              late = () => self.send({ type: 'LATE' });
            },
          },
        },
      }),
    /self\.send is for actions/u,
  ],
];
let late: (() => void) | undefined;

describe('a machine is refused for what cannot be kept', () => {
  it.each(AT_DEFINITION)('when it is defined: %s', (_, machine, names) => {
    const define = () => defineRun({ name: 'refused', machine: machine() });
    expect(define).toThrow(expect.objectContaining({ code: 'DEFINITION_UNSUPPORTED' }) as Error);
    expect(define).toThrow(names);
  });

  it.each(WHEN_IT_HAPPENS)('when it happens: %s', async (_, machine, names) => {
    const definition = defineRun({ name: 'refused', machine: machine() });
    await using runtime = await open({ stores: memory(), definitions: [definition] });
    const run = await runtime.start(definition);
    const failure = await run.result().catch((error: unknown) => error);
    expect(isRunchartError(failure, 'RUN_FAILED')).toBe(true);
    const { error } = await run.snapshot();
    expect(error).toMatchObject({ code: 'DEFINITION_UNSUPPORTED' });
    expect(error?.message).toMatch(names);
  });

  it('an output that is no JSON fails the run and says which part', async () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { type: 'final' } },
      output: () => ({ at: new Date(0) }),
    });
    const definition = defineRun({ name: 'odd', machine });
    await using runtime = await open({ stores: memory(), definitions: [definition] });
    const run = await runtime.start(definition);
    await run.result().catch(() => {});
    expect((await run.snapshot()).error).toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining('output.at is a Date') as string,
    });
  });

  it('inline actions, guards and logic are code, and fine', () => {
    const machine = setup({ actors: { work }, delays: { SOON: 10 } }).createMachine({
      entry: [
        () => {},
        assign({}),
        spawnChild('work', { id: 'w' }),
        raise({ type: 'X' }, { delay: 'SOON' }),
      ],
      invoke: { src: fromPromise(async () => 1) },
      on: { X: { guard: and([() => true]), actions: sendTo(({ self }) => self, { type: 'Y' }) } },
    });
    expect(() => defineRun({ name: 'fine', machine })).not.toThrow();
  });
});
