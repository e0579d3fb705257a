import type { TraceContext } from '../machines/index.ts';

/** One try of a step that is about to run. Remembered steps have none. */
export interface StepTry {
  readonly runId: string;
  readonly sessionId: string;
  readonly definition: string;
  readonly attempt: number;
  readonly stepId: string;
  readonly name: string;
  /** The step whose code asked for this one. */
  readonly within: string | undefined;
  /** Which try this is, from 1. */
  readonly tries: number;
  /** Epoch milliseconds by the runtime's clock. */
  readonly atMs: number;
  /** What the log of the run has. */
  readonly trace: TraceContext | undefined;
}

/** Somebody who wants to call the code of steps, for giving it an asynchronous context. */
export type AroundStep = (step: StepTry, work: () => Promise<unknown>) => void;

/** Does the work of a step, by way of `around` if there is one: once, and with its own answer, whatever that does. */
export function doWork<T>(
  around: AroundStep | undefined,
  step: () => StepTry,
  work: () => Promise<T>,
): Promise<T> {
  if (around === undefined) return work();
  let doing: Promise<T> | undefined;
  around(step(), () => {
    doing ??= work();
    return doing;
  });
  return doing ?? work();
}
