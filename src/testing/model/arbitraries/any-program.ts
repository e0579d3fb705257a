import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import {
  appendList,
  defineRun,
  type ExecuteContext,
  lastWriteWins,
  type RunDefinition,
} from '../../../index.ts';

/** One thing that a definition's code can do. */
export type ProgramStep =
  | { readonly op: 'step'; readonly name: string }
  | { readonly op: 'failing'; readonly name: string }
  | { readonly op: 'nested'; readonly name: string; readonly inside: readonly string[] }
  | { readonly op: 'update'; readonly value: number }
  | { readonly op: 'checkpoint' }
  | { readonly op: 'output'; readonly name: string }
  /** Takes a moment that is not remembered. */
  | { readonly op: 'pause' }
  /** Sleeps until an instant that is remembered. */
  | { readonly op: 'sleep'; readonly ms: number }
  /** Waits for a signal: somebody has to send as many as `signalsOf` says. */
  | { readonly op: 'receive' }
  | { readonly op: 'all'; readonly branches: readonly (readonly ProgramStep[])[] };

/** A random program of what a definition's code can do. */
export type Program = readonly ProgramStep[];

type Context = ExecuteContext<undefined, undefined>;

const name = fc.constantFrom('a', 'b', 'c');

const leaf: fc.Arbitrary<ProgramStep> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('step' as const), name }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('failing' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('nested' as const),
      name,
      inside: fc.array(name, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('update' as const), value: fc.nat({ max: 9 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('output' as const), name }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('pause' as const) }) },
);

const checkpoint: fc.Arbitrary<ProgramStep> = fc.record({ op: fc.constant('checkpoint' as const) });

/** Branches do nothing whose order is seen in the end: what runs side by side has none. */
const branchLeaf: fc.Arbitrary<ProgramStep> = leaf.filter(({ op }) => op !== 'update');

const branches = fc.record({
  op: fc.constant('all' as const),
  branches: fc.array(fc.array(branchLeaf, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  }),
});

// Waits stand outside of branches: they have no names, so their order among branches would be their only one.
const sleep: fc.Arbitrary<ProgramStep> = fc.record({
  op: fc.constant('sleep' as const),
  ms: fc.nat({ max: 3 }),
});
const receive: fc.Arbitrary<ProgramStep> = fc.record({ op: fc.constant('receive' as const) });

export interface ProgramOptions {
  /** The program also waits for signals, which somebody MUST send. Default false. */
  readonly receives?: boolean;
}

/** Programs of one to seven steps. Each part of one is one too, so that shrinking keeps them valid. */
export function anyProgram({ receives = false }: ProgramOptions = {}): fc.Arbitrary<Program> {
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: leaf },
      { weight: 2, arbitrary: checkpoint },
      { weight: 2, arbitrary: branches },
      { weight: 1, arbitrary: sleep },
      { weight: receives ? 2 : 0, arbitrary: receive },
    ),
    { minLength: 1, maxLength: 7 },
  );
}

/** How many signals a program waits for. */
export function signalsOf(program: Program): number {
  return program.filter(({ op }) => op === 'receive').length;
}

/**
 * A definition that does what the program says. Each piece of work answers its place in the program, so
 * that a result that was given to another branch is seen.
 */
export function defineProgram(program: Program): RunDefinition<undefined, undefined> {
  const state = { log: appendList(), last: lastWriteWins() };

  const perform = async (context: Context, op: ProgramStep, place: string): Promise<unknown> => {
    const { step, checkpoint: save, outputs } = context;
    switch (op.op) {
      case 'step':
        return step(op.name, () => place);
      case 'failing':
        return step(op.name, () => {
          throw new Error(`no ${place}`);
        }).catch((error: Error) => error.message);
      case 'nested':
        return step(op.name, async () => {
          const inside = [];
          for (const [i, inner] of op.inside.entries()) {
            inside.push(await step(inner, () => `${place}.${i}`));
          }
          return [place, inside];
        });
      case 'update':
        await context.state.update({ log: op.value, last: op.value });
        return op.value;
      case 'checkpoint':
        return (await save()).superStep;
      case 'output':
        await outputs.artifact(op.name, { place });
        return op.name;
      case 'pause':
        await pause(1);
        return null;
      case 'sleep':
        await context.sleepUntil(Date.now() + op.ms);
        return null;
      case 'receive':
        return context.receive();
      case 'all':
        return Promise.all(
          branchesOf(op).map((branch, i) => inOrder(context, branch, `${place}/${i}`)),
        );
      default:
        return op satisfies never;
    }
  };

  const inOrder = async (context: Context, ops: Program, place = ''): Promise<unknown[]> => {
    const results = [];
    for (const [i, op] of ops.entries()) results.push(await perform(context, op, `${place}${i}`));
    return results;
  };

  return defineRun<undefined, undefined, unknown>({
    name: 'program',
    state,
    execute: async (context) => {
      const results = await inOrder(context, program);
      return { results, state: context.state.values() };
    },
  });
}

/**
 * Branches in which something else than steps and outputs takes time come in any order: their names
 * have to tell them apart.
 */
function branchesOf({ branches }: Extract<ProgramStep, { op: 'all' }>): readonly Program[] {
  if (!branches.flat().some(({ op }) => op === 'pause')) return branches;
  return branches.map((branch, i) =>
    branch.map((op) => ('name' in op ? { ...op, name: `${op.name} of ${i}` } : op)),
  );
}
