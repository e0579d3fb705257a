import type { CheckpointLine, CheckpointMeta, CheckpointRef } from '../checkpointer.ts';
import type { Commit, CommitOutcome, RunImport } from '../event-store.ts';
import type { RunchartErrorCode } from '../../errors.ts';
import type { CompactStep } from './compact.ts';

/** An output as a row: the event is JSON text already. */
export interface OutputDraft {
  readonly id: string;
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly producer: string;
  readonly kind: string;
  readonly artifact: string | null;
  /** The digest of its file. */
  readonly blob: string | null;
  readonly createdAtMs: number;
  readonly parents: readonly string[];
  readonly event: string;
  readonly expectedEpoch: number | undefined;
}

/** A checkpoint as a row, in JSON text: its whole values, or the patch that leads to them. */
export interface CheckpointRow {
  readonly meta: Omit<CheckpointMeta, 'version'>;
  /** The checkpoint that the patch builds on; null: `vals` is whole. */
  readonly from: CheckpointRef | null;
  readonly vals: string;
  readonly expectedEpoch: number | undefined;
}

/** A row of a checkpoint that has its version from another store. */
export interface VersionedRow {
  readonly row: CheckpointRow;
  readonly version: number;
}

/** Everything that writes, as plain data that can go to a thread. */
export type Job =
  | { readonly kind: 'append'; readonly commits: readonly Commit[] }
  | {
      readonly kind: 'cut';
      readonly runId: string;
      readonly throughSeq: number;
      readonly base: string;
    }
  | { readonly kind: 'import'; readonly pieces: readonly RunImport[] }
  | { readonly kind: 'import-outputs'; readonly outputs: readonly OutputDraft[] }
  | { readonly kind: 'import-checkpoints'; readonly rows: readonly VersionedRow[] }
  | { readonly kind: 'forget-runs'; readonly runIds: readonly string[] }
  | { readonly kind: 'compact'; readonly step: CompactStep }
  | { readonly kind: 'output'; readonly output: OutputDraft }
  | { readonly kind: 'checkpoint'; readonly draft: CheckpointRow }
  | { readonly kind: 'forget'; readonly line: CheckpointLine };

export interface JobResults {
  readonly append: readonly CommitOutcome[];
  readonly cut: null;
  readonly import: null;
  readonly 'import-outputs': null;
  readonly 'import-checkpoints': null;
  readonly 'forget-runs': readonly string[];
  readonly compact: number;
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
