import { attemptOf, endOf, remembered } from './ledger.ts';
import type { Witness } from './interpreter.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/** Looks at the code of runs in one life of a process. */
export function witnessOf({ ledger, complain }: World, life: Life): Witness {
  return {
    clock: life.clock,
    begins: ({ runId, attempt, signal }) => {
      const living = { runId, attempt, signal };
      life.attempts.add(living);
      return () => void life.attempts.delete(living);
    },
    works: ({ runId, attempt, signal }, stepId) => {
      const run = ledger.find(runId);
      if (run === undefined) return complain(`${runId} works and is not stored`);
      // Who was taken over, or is over, and has not heard of it yet does no harm.
      if (signal.aborted || attempt !== attemptOf(run) || endOf(run) !== undefined) return;
      const isDone = remembered(ledger, run).some(
        ({ type, event }) => type === 'step.completed' && event['stepId'] === stepId,
      );
      if (isDone)
        complain(`${runId} attempt ${attempt} does "${stepId}" again, which is completed`);
    },
    hears: ({ runId, attempt }, result) => {
      const run = ledger.find(runId);
      const isStored =
        run !== undefined &&
        remembered(ledger, run).some(
          ({ type, event }) => type === 'step.completed' && event['result'] === result,
        );
      if (!isStored) {
        complain(`[I5] ${runId} attempt ${attempt} hears "${result}", which is not stored`);
      }
    },
  };
}
