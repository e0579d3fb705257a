import { createActor, type InspectionEvent } from 'xstate';
import {
  ALPHABET,
  type RunEvent,
  runMachine,
  type RunSnapshot,
  stateValueOf,
} from '../machines/index.ts';
import type { Draft } from './draft.ts';

/** A live XState actor of a run, stepped with what is already stored. It shows; it never decides. */
export interface ChartActor {
  step(draft: Draft): void;
  stop(): void;
}

export type Inspect = (event: InspectionEvent) => void;

/**
 * Rehydrates the chart of a run. Costs about one step, so an idle run need not keep one.
 * Whatever an inspector or a listener of the actor throws ends up in `onError`: an inspector that
 * throws would otherwise wedge the actor's mailbox for ever, an actor error without a listener would
 * end the process.
 */
export function createChartActor(
  run: RunSnapshot,
  inspect: Inspect | undefined,
  onError: (error: unknown) => void,
): ChartActor {
  const { runId, status, prompt, result, error, cancelReason, verification } = run;
  const { attempt, waiting } = run;
  const context = { prompt, result, error, cancelReason, verification, attempt, waiting };
  const actor = createActor(runMachine, {
    id: runId,
    snapshot: runMachine.resolveState({ value: stateValueOf(status), context }),
    ...(inspect !== undefined && { inspect: safely(inspect, onError) }),
  });
  actor.subscribe({ error: onError });
  actor.start();
  return {
    step: ({ type, event, payload }) => {
      // An event outside the alphabet changes nothing, and costs as much as one that does.
      if (!ALPHABET.has(type)) return;
      actor.send(inspect === undefined ? event : (JSON.parse(payload) as RunEvent));
    },
    stop: () => void actor.stop(),
  };
}

/** Wraps an inspector so that nothing it throws reaches the actor that it watches. */
export function safely(inspect: Inspect, onError: (error: unknown) => void): Inspect {
  return (event) => {
    try {
      inspect(event);
    } catch (error) {
      onError(error);
    }
  };
}
