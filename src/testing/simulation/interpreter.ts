import {
  appendList,
  defineRun,
  type ExecuteContext,
  isRunchartError,
  lastWriteWins,
  type RunDefinition,
} from '../../index.ts';
import { CHILD, type Op, type Program } from './program.ts';
import type { VirtualClock } from './virtual-time.ts';

/** Who looks at what the code of runs does, and tells it the time. */
export interface Witness {
  readonly clock: VirtualClock;
  /** The code of an attempt begins; the answered function says that it has ended. */
  begins(attempt: Working): () => void;
  /** The work of a step begins. */
  works(attempt: Working, stepId: string): void;
  /** The code has got the result of a step: it MUST be in the log by now. */
  hears(attempt: Working, result: string): void;
}

/** An attempt whose code runs. */
interface Working {
  readonly runId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

type Context = ExecuteContext<undefined, undefined>;
type SimDefinition = RunDefinition<undefined, undefined>;

/** How long a step may take that takes longer, in milliseconds. */
const TIMEOUT_MS = 150;
const TOO_LONG_MS = 400;
/** How often a step is tried again at most; no flaky one needs as many. */
const RETRIES = 5;

export const nameOf = (program: number): string => `program ${program}`;

/** A definition for each program. Each piece of work answers its place in the program. */
export function definitionsOf(
  programs: readonly Program[],
  witness: Witness,
): readonly SimDefinition[] {
  const definitions: SimDefinition[] = programs.map((program, number) =>
    defineRun<undefined, undefined, unknown>({
      name: nameOf(number),
      state: { log: appendList({ initial: [] }), last: lastWriteWins() },
      execute: async (context) => {
        const ended = witness.begins(context);
        try {
          const port = { context, witness, definitions };
          const results = await inOrder(program, '', port);
          return { results, state: context.state.values() };
        } finally {
          ended();
        }
      },
    }),
  );
  return definitions;
}

interface Port {
  readonly context: Context;
  readonly witness: Witness;
  readonly definitions: readonly SimDefinition[];
}

async function inOrder(ops: Program, place: string, port: Port): Promise<unknown[]> {
  const results = [];
  for (const [i, op] of ops.entries()) results.push(await perform(op, `${place}${i}`, port));
  return results;
}

async function perform(op: Op, place: string, port: Port): Promise<unknown> {
  const { context } = port;
  switch (op.op) {
    case 'step':
    case 'failing':
    case 'flaky':
    case 'late':
    case 'nested':
      return performStep(op, place, port);
    case 'output':
      await context.outputs.artifact(op.name, { place });
      return op.name;
    case 'update':
      await context.state.update({ log: op.value, last: op.value });
      return op.value;
    case 'checkpoint':
      return (await context.checkpoint()).superStep;
    case 'sleep':
      await context.sleepUntil(port.witness.clock.now() + op.ms);
      return null;
    case 'ask':
      return context.interrupt({ question: `What about ${place}?` });
    case 'receive':
      return context.receive();
    case 'child':
      return childOf(op.program, port);
    case 'all':
      return Promise.all(op.branches.map((branch, i) => inOrder(branch, `${place}/${i}.`, port)));
    default:
      return op satisfies never;
  }
}

type StepOp = Extract<Op, { readonly name: string; readonly op: Exclude<Op['op'], 'output'> }>;

async function performStep(op: StepOp, place: string, port: Port): Promise<unknown> {
  const { context, witness } = port;
  const works = (key: string): void => witness.works(context, key.slice(context.runId.length + 1));
  switch (op.op) {
    case 'failing':
      return context
        .step(op.name, ({ idempotencyKey }) => {
          works(idempotencyKey);
          throw new Error(`no ${place}`);
        })
        .catch((error: unknown) => messageOf(error, `no ${place}`));
    case 'late':
      return context
        .step(
          op.name,
          async ({ idempotencyKey, signal }) => {
            works(idempotencyKey);
            await passing(witness.clock, TOO_LONG_MS, signal);
          },
          { timeoutMs: TIMEOUT_MS },
        )
        .catch((error: unknown) => codeOf(error, 'STEP_TIMEOUT'));
    case 'nested':
      return context.step(op.name, async ({ idempotencyKey }) => {
        works(idempotencyKey);
        await context.outputs.artifact('inside', { place });
        const inside = [];
        for (const [i, name] of op.inside.entries()) {
          inside.push(await context.step(name, () => `${place}.${i}`));
        }
        return [place, inside];
      });
    default: {
      const fails = op.op === 'flaky' ? op.fails : 0;
      const result = await context.step(
        op.name,
        async ({ idempotencyKey, tries, signal }) => {
          works(idempotencyKey);
          if (op.op === 'step' && op.ms > 0) await passing(witness.clock, op.ms, signal);
          if (tries <= fails) throw new Error(`not yet ${place}`);
          return place;
        },
        { retries: fails === 0 ? 0 : RETRIES },
      );
      witness.hears(context, result);
      return result;
    }
  }
}

/** Somebody outside may end a child; what else befalls it is a fault of its parent. */
async function childOf(program: number, { context, definitions }: Port): Promise<unknown> {
  const definition = definitions[program];
  if (definition === undefined) return CHILD;
  try {
    await context.child(definition);
    return CHILD;
  } catch (error) {
    if (isRunchartError(error, 'CHILD_CANCELLED') || isRunchartError(error, 'CHILD_FAILED')) {
      return CHILD;
    }
    throw error;
  }
}

function messageOf(error: unknown, expected: string): string {
  if (error instanceof Error && error.message === expected) return expected;
  throw error;
}

function codeOf(error: unknown, expected: 'STEP_TIMEOUT'): string {
  if (isRunchartError(error, expected)) return expected;
  throw error;
}

/** Lets virtual time pass. */
function passing(clock: VirtualClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const callOff = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      callOff();
      reject(signal.reason);
    });
  });
}
