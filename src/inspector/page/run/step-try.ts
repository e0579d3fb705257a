import type { RunFailure } from '../../../machines/index.ts';

/** One try of a step; a step that is retried has several. */
export interface StepTry {
  readonly seq: number;
  readonly startedAtMs: number;
  endedSeq: number | null;
  endedAtMs: number | null;
  /** `lost`: its process died, and a later attempt began it anew. */
  outcome: 'running' | 'completed' | 'failed' | 'lost';
  error: RunFailure | null;
  /** When the next try was to begin. */
  retryAtMs: number | null;
  /** The attempt of the run in which it began. */
  readonly attempt: number;
}

/** A try that has begun, and has not ended. */
export function newTry(seq: number, startedAtMs: number, attempt: number): StepTry {
  return {
    seq,
    startedAtMs,
    attempt,
    endedSeq: null,
    endedAtMs: null,
    outcome: 'running',
    error: null,
    retryAtMs: null,
  };
}
