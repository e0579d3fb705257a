import type { ExecuteContext, RunDefinition } from '../../index.ts';
import type { VirtualClock } from './virtual-time.ts';

/** Who looks at what the code of runs does, and tells it the time. */
export interface Witness {
  readonly clock: VirtualClock;
  /** Which code the process has: what programs name some of their steps by. */
  readonly code: number;
  /** The code of an attempt begins; the answered function says that it has ended. */
  begins(attempt: Working, plan: unknown): () => void;
  /** The work of a step begins. */
  works(attempt: Working, stepId: string): void;
  /** The code has got the result of a step: it MUST be in the log by now, and after what it got before. */
  hears(attempt: Working, result: string): void;
  /**
   * Whether the code may be slow to ask for the step of that place: it did so before, and nothing ended
   * between its asking and the start in the log, of which the log could not tell whether it was heard before.
   */
  mayDawdle(attempt: Working, place: string): boolean;
  /** The code has heard how a child ended: that MUST be in the log by now. */
  hearsChild(attempt: Working): void;
}

/** An attempt whose code runs. */
export interface Working {
  readonly runId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

export type SimDefinition = RunDefinition<undefined>;

/** What the code of a run is performed with. */
export interface Port {
  readonly context: ExecuteContext<undefined, unknown>;
  readonly witness: Witness;
  readonly definitions: readonly SimDefinition[];
  /** Places of a race whose results have come, in order. */
  readonly order?: string[];
}

/** The id of a step, from the key of its work. */
export function stepIdOf({ runId }: Working, idempotencyKey: string): string {
  return idempotencyKey.slice(runId.length + 1);
}
