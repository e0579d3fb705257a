import type { CheckpointLine, CheckpointMeta } from '../checkpointer.ts';
import type { Commit, CommitOutcome } from '../event-store.ts';
import type { RunchartErrorCode } from '../../errors.ts';

/** An output as a row: the event is JSON text already. */
export interface OutputDraft {
  readonly id: string;
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly producer: string;
  readonly kind: string;
  readonly artifact: string | null;
  readonly createdAtMs: number;
  readonly parents: readonly string[];
  readonly event: string;
}

export type CheckpointRow = Omit<CheckpointMeta, 'version'>;

/** Everything that writes, as plain data that can go to a thread. */
export type Job =
  | { readonly kind: 'append'; readonly commits: readonly Commit[] }
  | { readonly kind: 'output'; readonly output: OutputDraft }
  | { readonly kind: 'checkpoint'; readonly meta: CheckpointRow; readonly values: string }
  | { readonly kind: 'forget'; readonly line: CheckpointLine };

export interface JobResults {
  readonly append: readonly CommitOutcome[];
  readonly output: null;
  readonly checkpoint: CheckpointMeta;
  readonly forget: null;
}

export type ResultOf<J extends Job> = JobResults[J['kind']];

/** The answer to a job, as plain data too: errors lose their code on the way out of a thread. */
export type JobAnswer =
  | { readonly ok: true; readonly value: JobResults[keyof JobResults] }
  | JobFailure;

export interface JobFailure {
  readonly ok: false;
  readonly code: RunchartErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}
