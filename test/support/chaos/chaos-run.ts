import { setTimeout as sleep } from 'node:timers/promises';
import { appendList, defineRun, type Json, type RunDefinition } from '../../../src/index.ts';

/** The name of the definition. */
export const CHAOS = 'chaos';

const IN_TURN = 12;
const SIDE_BY_SIDE = 4;
const SECTION = 4;
const MAX_WORK_MS = 60;
/** Far enough away for the run to be parked. */
const LONG_NAP_MS = 10_500;
const SHORT_NAP_MS = 40;

/** How a run spends its time: works, is parked until an instant, is parked until it is sent something. */
export type Way = 'works' | 'naps' | 'waits';

export interface ChaosInput {
  readonly way: Way;
}

/** Hears of the code of a run, where it is driven. */
export interface Presence {
  entered(runId: string): Left;
  random(): number;
}

type Left = (how: 'left' | 'aborted') => void;

/** Some 60 events of steps, facts, outputs, checkpoints and waits. */
export function chaosRun({
  entered,
  random,
}: Presence): RunDefinition<ChaosInput, undefined, Json> {
  const work = async <T>(result: T): Promise<T> => {
    await sleep(random() * MAX_WORK_MS);
    return result;
  };
  return defineRun<ChaosInput, undefined, Json>({
    name: CHAOS,
    state: { done: appendList() },
    execute: async (context) => {
      const { runId, input, signal, step, state, outputs, checkpoint, emit } = context;
      const left = once(entered(runId));
      if (signal.aborted) left('aborted');
      signal.addEventListener('abort', () => left('aborted'));
      try {
        for (let n = 1; n <= IN_TURN; n += 1) {
          const result = await step(`turn ${n}`, () => work(n));
          await emit({ type: 'note', n });
          if (n % SECTION !== 0) continue;
          await state.update({ done: result });
          await outputs.artifact(`after ${n}`, { n });
          await checkpoint(`after ${n}`);
          if (n === SECTION) await wait(input.way, context);
        }
        const sides = await Promise.all(
          Array.from({ length: SIDE_BY_SIDE }, (_, n) => step(`side ${n}`, () => work(n))),
        );
        for (const n of sides) await outputs.partial(n);
        const result = { sides, ...state.values() };
        await outputs.final(result);
        return result;
      } finally {
        left('left');
      }
    },
  });
}

type WaitContext = Pick<
  Parameters<RunDefinition<ChaosInput, undefined, Json>['execute']>[0],
  'sleepUntil' | 'receive'
>;

async function wait(way: Way, { sleepUntil, receive }: WaitContext): Promise<void> {
  if (way === 'waits') await receive();
  else await sleepUntil(Date.now() + (way === 'naps' ? LONG_NAP_MS : SHORT_NAP_MS));
}

function once(tell: Left): Left {
  let isTold = false;
  return (how) => {
    if (!isTold) tell(how);
    isTold = true;
  };
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What every run comes to that is not cancelled, however often it changed hands. */
export const RESULT = {
  sides: numbers(SIDE_BY_SIDE),
  done: numbers(IN_TURN / SECTION).map((i) => (i + 1) * SECTION),
};
