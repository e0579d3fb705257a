import {
  appendList,
  defineRun,
  isRunchartError,
  lastWriteWins,
  type RunDefinition,
  type WorkContext,
} from '../../index.ts';
import { machineRun } from './machine-run.ts';
import { codeOf, performStep } from './perform-step.ts';
import type { Plan } from './plan.ts';
import {
  ANSWER,
  CHILD,
  EXPIRED,
  fileAt,
  type Op,
  planOf,
  type Program,
  questionAt,
  type Verdict,
} from './program.ts';
import { type Port, type SimDefinition, stepIdOf, type Witness } from './witness.ts';

export const nameOf = (program: number): string => `program ${program}`;

/** A definition for each program and machine. Each piece of work answers its place in the program. */
export function definitionsOf(
  { programs, verdicts, machines }: Plan,
  witness: Witness,
): readonly RunDefinition[] {
  const definitions: SimDefinition[] = programs.map((program, number) =>
    defineRun<undefined, unknown, unknown>({
      name: nameOf(number),
      state: { log: appendList({ initial: [] }), last: lastWriteWins() },
      ...(verdicts[number] != null && phasesOf(program, verdicts[number])),
      execute: async (context) => {
        const ended = witness.begins(context, context.plan);
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
  const machineRuns = machines.map((parts, number) => machineRun(number, parts, witness));
  return [...definitions, ...machineRuns] as readonly unknown[] as readonly RunDefinition[];
}

/** What a definition has that plans and verifies: each with a step of a name that programs use too. */
function phasesOf(program: Program, verdict: Verdict): Pick<SimDefinition, 'plan' | 'verify'> {
  return {
    plan: async ({ step }: WorkContext<undefined>) => {
      await step('a', () => 'of the plan');
      return planOf(program);
    },
    verify: async ({ step, check }) => {
      check('looked at', (await step('a', () => 'of the check')) === 'of the check');
      const outcome = verdict === 'needless' ? 'needs_review' : verdict === 'passed';
      check('verdict', outcome, { required: verdict !== 'needless' });
    },
  };
}

async function inOrder(ops: Program, place: string, port: Port): Promise<unknown[]> {
  const results = [];
  for (const [i, op] of ops.entries()) {
    results.push(await perform(op, `${place}${i}`, port));
    port.order?.push(`${place}${i}`);
  }
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
    case 'file':
      await context.outputs.artifact(op.name, { place, text: fileAt(place) });
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
      return ask(place, port, op.expiresInMs);
    case 'receive':
      return context.receive();
    case 'child':
      return childOf(op.program, port);
    case 'slow':
      // It is no part of what is remembered, also when the store fails.
      if (port.witness.mayDawdle(context, place)) await context.log('slow').catch(() => {});
      return context.step(`${place} after ${port.order?.length}`, () => place);
    case 'code':
      return context.step(`code ${port.witness.code}`, ({ idempotencyKey }) => {
        port.witness.works(context, stepIdOf(context, idempotencyKey));
        return place;
      });
    case 'all':
      return Promise.all(op.branches.map((branch, i) => inOrder(branch, `${place}/${i}.`, port)));
    case 'race':
      return race(op.branches, place, port);
    default:
      return op satisfies never;
  }
}

async function ask(place: string, { context }: Port, expiresInMs?: number): Promise<unknown> {
  const question = `What about ${place}?`;
  if (expiresInMs === undefined) return context.interrupt({ question });
  const answer = await context
    .interrupt({ question, name: questionAt(place), expiresInMs })
    .catch((error: unknown) => codeOf(error, EXPIRED));
  await context.step(answer === ANSWER ? 'after an answer' : 'after no answer', () => place);
  return answer;
}

/** An attempt that comes later asks for the step of the same name only if its results come in the same order. */
async function race(branches: readonly Program[], place: string, port: Port): Promise<unknown> {
  const order: string[] = [];
  const results = await Promise.all(
    branches.map((branch, i) => inOrder(branch, `${place}/${i}.`, { ...port, order })),
  );
  await port.context.step(`after ${order.join(' ')}`, () => place);
  return results;
}

/** Somebody outside may end a child, which decides what is done next. */
async function childOf(program: number, port: Port): Promise<unknown> {
  const { context, definitions, witness } = port;
  const definition = definitions[program];
  if (definition === undefined) return CHILD;
  let how = 'is done';
  try {
    const result: unknown = await context.child(definition);
    if (typeof result === 'string') how = 'was completed';
  } catch (error) {
    if (isRunchartError(error, 'CHILD_CANCELLED')) how = 'was cancelled';
    else if (isRunchartError(error, 'CHILD_FAILED')) how = 'failed';
    else throw error;
  }
  witness.hearsChild(context);
  await context.step(`after a child that ${how}`, () => how);
  return CHILD;
}
