import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type AnyStateMachine,
  assign,
  createMachine,
  fromPromise,
  getInitialSnapshot,
  getNextSnapshot,
} from 'xstate';
import { supervisorMachine } from '../../src/actors/supervisor-machine.ts';
import { chartOf, runMachine } from '../../src/machines/index.ts';
import { machineCode } from '../../src/machines/machine-code.ts';
import { checkout, odd, randomMachine } from '../diagram/support.ts';

/** What the printed code makes, with the implementations of the machine that it was printed from. */
async function executed(machine: AnyStateMachine): Promise<AnyStateMachine> {
  const { code, inline } = machineCode(machine);
  // Inside the project, so that the code finds xstate as any program would.
  const folder = await mkdtemp(join(import.meta.dirname, 'stately-'));
  try {
    const file = join(folder, 'machine.mjs');
    await writeFile(file, code);
    const made = (await import(pathToFileURL(file).href)) as { machine: AnyStateMachine };
    const { actions, guards, actors, delays } = machine.implementations;
    return made.machine.provide({
      actions: { ...actions, ...inline.actions },
      guards: { ...guards, ...inline.guards },
      actors: { ...actors, ...inline.actors },
      delays,
    } as never);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Where each event leads from each state value that can be reached: all of what a machine does. */
function behaviourOf(machine: AnyStateMachine): ReadonlyMap<string, string> {
  const types = new Set(chartOf(machine).transitions.map(({ event }) => event));
  types.delete('*');
  types.add('something else');
  const behaviour = new Map<string, string>();
  const first = getInitialSnapshot(machine);
  const key = (snapshot: typeof first): string =>
    JSON.stringify([snapshot.status, snapshot.value, snapshot.context]);
  const todo = [first];
  const seen = new Set([key(first)]);
  behaviour.set('', key(first));
  for (const snapshot of todo) {
    if (seen.size > 300) break;
    for (const type of types) {
      const next = getNextSnapshot(machine, snapshot, { type });
      behaviour.set(`${key(snapshot)} ${type}`, key(next));
      if (seen.has(key(next))) continue;
      seen.add(key(next));
      todo.push(next);
    }
  }
  return behaviour;
}

async function expectSame(machine: AnyStateMachine): Promise<void> {
  const made = await executed(machine);
  expect(chartOf(made).states).toEqual(chartOf(machine).states);
  expect(behaviourOf(made)).toEqual(behaviourOf(machine));
}

const inline = createMachine({
  id: 'inline',
  context: { count: 0 },
  initial: 'low',
  states: {
    low: {
      invoke: { id: 'wait', src: fromPromise(async () => 1), onDone: 'high' },
      on: {
        MORE: [
          { guard: ({ context }) => context.count > 1, target: 'high' },
          { actions: assign({ count: ({ context }) => context.count + 1 }) },
        ],
      },
    },
    high: { on: { MORE: { target: 'over', guard: () => false } } },
    over: { type: 'final' },
  },
});

describe('the code of a machine', () => {
  it('makes a machine with the same states that does the same on every event in every state', async () => {
    const { context: _, ...config } = runMachine.config;
    const run = createMachine({ ...config, context: {} } as never).provide({
      actions: Object.fromEntries(
        Object.keys(runMachine.implementations.actions).map((name) => [name, () => {}]),
      ),
    });
    for (const machine of [supervisorMachine, checkout, odd, run]) await expectSame(machine);
  });

  it('does so for machines of any shape', async () => {
    const seed = Date.now() % 100_000;
    for (let i = 0; i < 10; i += 1) {
      await expectSame(randomMachine(seed + i)).catch((error: unknown) => {
        throw new Error(`seed ${seed + i}`, { cause: error });
      });
    }
  });

  it('gives inline functions and actors names, and says so', async () => {
    const { code } = machineCode(inline);
    expect(code).toContain(
      '// Functions without a name are called: assign 3, inline 2, inline 4, actor 1.',
    );
    expect(code).not.toMatch(/=>|function/);
    const made = await executed(inline);
    expect(behaviourOf(made)).toEqual(behaviourOf(inline));
  });

  it('says what is left out', () => {
    const machine = createMachine({
      context: ({ input }) => ({ input }),
      initial: 'one',
      states: { one: { invoke: { src: 'work', input: () => 1 } } },
    });
    expect(machineCode(machine).code).toContain(
      '// Left out, as it is code: context, states.one.invoke.input.',
    );
  });
});
