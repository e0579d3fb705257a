/** The runs of the survive loop: everything that a run remembers, and what has to come of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  appendList,
  defineRun,
  type Json,
  lastWriteWins,
  type RunDefinition,
} from '../../../src/index.ts';

const IN_TURN = 20;
const SIDE_BY_SIDE = 20;
/** Every so many steps in turn there is an output and a checkpoint. */
const SECTION = 5;
/** What is bigger than this is kept as a file. */
export const INLINE_OUTPUT_BYTES = 200;
const MAX_WORK_MS = 4;
const SLEEP_MS = 30;
const BIG = 'x'.repeat(2 * INLINE_OUTPUT_BYTES);

export interface Witness {
  /** Writes down that the work of a step was done: the last act of the work. */
  note(step: string, attempt: number): void;
  /** Numbers from 0 to below 1, which only decide how long things take. */
  random(): number;
}

export interface Survivors {
  readonly survivor: RunDefinition<undefined, undefined, Json>;
  readonly part: RunDefinition<number, undefined, number>;
}

export function survivors({ note, random }: Witness): Survivors {
  const pause = () => sleep(random() * MAX_WORK_MS);

  const part = defineRun<number, undefined, number>({
    name: 'part',
    execute: async ({ input, step, attempt }) => {
      const twice = await step('twice', async ({ idempotencyKey }) => {
        await pause();
        note(idempotencyKey, attempt);
        return input * 2;
      });
      return step('and one', ({ idempotencyKey }) => {
        note(idempotencyKey, attempt);
        return twice + 1;
      });
    },
  });

  const survivor = defineRun<undefined, undefined, Json>({
    name: 'survivor',
    state: { done: appendList(), last: lastWriteWins({ initial: 0 }) },
    execute: async (context) => {
      const { step, outputs, state, checkpoint, interrupt, sleepUntil, child, attempt } = context;
      const work = (name: string, result: number, inside?: () => Promise<unknown>) =>
        step(name, async ({ idempotencyKey }) => {
          await pause();
          await inside?.();
          note(idempotencyKey, attempt);
          return result;
        });

      for (let n = 1; n <= IN_TURN; n += 1) {
        const result = await work(n % 4 === 0 ? 'again' : `turn ${n}`, n);
        await state.update({ done: result, last: result });
        if (n % SECTION !== 0) continue;
        await outputs.artifact(`between ${n}`, { n });
        await checkpoint(`after ${n}`);
      }
      const answer = await interrupt({
        question: `What comes after ${state.get('last') as number}?`,
        schema: { type: 'number' },
      });
      await sleepUntil(Date.now() + SLEEP_MS);

      const sides = await Promise.all(
        Array.from({ length: SIDE_BY_SIDE }, async (_, n) => {
          const first = await work(n % 3 === 0 ? 'side' : `side ${n}`, n, async () => {
            await outputs.artifact('inside', n % 5 === 0 ? { n, text: BIG } : { n });
            if (n === 7) await work('nested', n);
          });
          await outputs.partial(first);
          // Which of these comes first differs from attempt to attempt, but for what is remembered.
          return n % 4 === 0 ? work('then', first + 100) : first;
        }),
      );
      await state.update({ done: sides, last: answer });
      await checkpoint('sides');
      const fromChild = await child(part, 20);
      const result = { answer, sides, fromChild, ...state.values() };
      await outputs.final(result);
      return result;
    },
  });
  return { survivor, part };
}

const numbers = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const sides = numbers(SIDE_BY_SIDE).map((n) => (n % 4 === 0 ? n + 100 : n));
const numbered = (name: string, n: number): string[] =>
  numbers(n, 1).map((i) => (i === 1 ? name : `${name}#${i}`));

/** What the loop answers. */
export const ANSWER = IN_TURN + 1;

/** What every run has to come to, however often it was killed. */
export const EXPECTED = {
  result: {
    answer: ANSWER,
    sides,
    fromChild: 41,
    done: [...numbers(IN_TURN, 1), ...sides],
    last: ANSWER,
  },
  /** Ids of the steps whose work writes itself down. */
  worked: [
    ...numbers(IN_TURN, 1).flatMap((n) => (n % 4 === 0 ? [] : [`turn ${n}`])),
    ...numbered('again', IN_TURN / 4),
    ...numbers(SIDE_BY_SIDE).flatMap((n) => (n % 3 === 0 ? [] : [`side ${n}`])),
    ...numbered('side', Math.ceil(SIDE_BY_SIDE / 3)),
    'side 7 > nested',
    ...numbered('then', SIDE_BY_SIDE / 4),
  ],
  /** Steps that are made by the runtime. */
  own: ['sleep', 'child part'],
  ofChild: ['twice', 'and one'],
  outputs: [
    ...numbers(IN_TURN / SECTION, 1).map((n) => `between ${n * SECTION} {"n":${n * SECTION}}`),
    ...numbers(SIDE_BY_SIDE).map(
      (n) => `inside ${JSON.stringify(n % 5 === 0 ? { n, text: BIG } : { n })}`,
    ),
    ...numbers(SIDE_BY_SIDE).map((n) => `partial ${n}`),
  ],
  checkpoints: [
    ...numbers(IN_TURN / SECTION, 1).map((n) => `${n}.1 after ${n * SECTION}`),
    `${IN_TURN / SECTION + 1}.1 sides`,
  ],
} as const;
