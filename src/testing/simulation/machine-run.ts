import { assign, createMachine, fromPromise } from 'xstate';
import { defineRun, fromInterrupt, type RunDefinition } from '../../index.ts';
import { passing } from './perform-step.ts';
import { ANSWER, type MachinePart } from './program.ts';
import type { Witness } from './witness.ts';

export const machineName = (machine: number): string => `machine ${machine}`;

/** What a signal for a machine is: it takes no other. */
export const SIGNAL = 'go';

interface Work {
  readonly ms: number;
  readonly says: string;
}

/** A definition whose work is a machine that has a state for each part, and tells of them in the end. */
export function machineRun(
  number: number,
  parts: readonly MachinePart[],
  { clock }: Witness,
): RunDefinition<undefined, undefined> {
  const work = fromPromise<string, Work>(async ({ input, signal }) => {
    if (input.ms > 0) await passing(clock, input.ms, signal);
    return input.says;
  });
  const states = Object.fromEntries(parts.map((part, i) => [`s${i}`, stateOf(part, i)] as const));
  const machine = createMachine(
    {
      id: machineName(number),
      context: { trail: [] as readonly string[] },
      initial: 's0',
      output: ({ context }) => (context as { readonly trail: unknown }).trail,
      states: { ...states, [`s${parts.length}`]: { type: 'final' as const } },
    },
    { actors: { work, asking: fromInterrupt() } },
  );
  return defineRun({ name: machineName(number), machine }) as RunDefinition<undefined, undefined>;
}

function stateOf(part: MachinePart, i: number): object {
  const on = (says?: string): object => ({
    target: `s${i + 1}`,
    actions: assign(({ context, event }) => ({
      trail: [
        ...(context as { readonly trail: readonly string[] }).trail,
        says ?? String((event as { readonly output?: unknown }).output),
      ],
    })),
  });
  switch (part.part) {
    case 'work':
      return {
        invoke: {
          id: `w${i}`,
          src: 'work',
          input: { ms: part.ms, says: saidBy(part, i) },
          onDone: on(),
        },
      };
    case 'ask':
      return {
        invoke: { id: `q${i}`, src: 'asking', input: { question: 'What now?' }, onDone: on() },
      };
    case 'after':
      return { after: { [part.ms]: on(saidBy(part, i)) } };
    case 'signal':
      return { on: { [SIGNAL]: on(saidBy(part, i)) } };
    default:
      return part satisfies never;
  }
}

function saidBy({ part }: MachinePart, i: number): string {
  return part === 'ask' ? ANSWER : `${part} ${i}`;
}

/** What the machine has to come to. */
export function trailOf(parts: readonly MachinePart[]): readonly string[] {
  return parts.map(saidBy);
}
