import type { PromiseActorLogic } from 'xstate';
import type { Json } from '../../json.ts';
import type { JsonSchema } from '../answer-schema.ts';
import { promiseLogic } from './xstate.ts';
import { unsupported } from './unsupported.ts';

/** What is asked: the `input` of the invocation, which is kept, and so is JSON. */
export interface InterruptQuestion {
  /** What a person is asked. */
  readonly question: string;
  /** What an answer has to look like. */
  readonly schema?: JsonSchema;
  /** Milliseconds until nobody may answer any more, from the time of asking. */
  readonly expiresInMs?: number;
}

const LOGIC = new WeakSet();

/**
 * Logic for a machine to invoke where it waits for an answer from outside: the run has an open interrupt
 * of the invocation's id. The answer is the output, for `onDone`; INTERRUPT_EXPIRED is the error, for
 * `onError`. When the machine leaves the state first, nobody can answer any more.
 */
export function fromInterrupt<Answer = Json>(): PromiseActorLogic<Answer, InterruptQuestion> {
  const logic = promiseLogic<Answer, InterruptQuestion>(() =>
    Promise.reject(
      unsupported('with interrupts', 'only a run can ask them; give the machine to defineRun'),
    ),
  );
  LOGIC.add(logic);
  return logic;
}

export function isInterruptLogic(logic: object): boolean {
  return LOGIC.has(logic);
}
