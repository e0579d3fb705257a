import type { Json } from '../json.ts';
import type { StatePatch } from './state-patch.ts';

/** The channel values of a run, by channel name. */
export type ChannelValues = Readonly<Record<string, Json>>;

/** Whose checkpoints. */
export interface CheckpointLine {
  readonly definition: string;
  readonly runId: string;
}

export interface CheckpointKey extends CheckpointLine {
  readonly superStep: number;
}

/** One version of a super-step of a line. */
export interface CheckpointRef {
  readonly superStep: number;
  readonly version: number;
}

/** A checkpoint without its values. */
export interface CheckpointMeta extends CheckpointKey {
  /** 1 for the first save of this super-step, then 2, 3 ... */
  readonly version: number;
  readonly label: string | null;
  readonly createdAtMs: number;
}

export interface Checkpoint extends CheckpointMeta {
  readonly values: ChannelValues;
}

export interface CheckpointDraft extends Omit<Checkpoint, 'version'> {
  /**
   * How `values` came from those of an earlier checkpoint of the same line, which MUST exist
   * (CHECKPOINT_NOT_FOUND). A store may keep this alone, so that saving costs what changed.
   */
  readonly change?: { readonly from: CheckpointRef; readonly patch: StatePatch };
}

/** Who writes beside the event log: the store refuses owners that were taken over. */
export interface WriteGuard {
  /**
   * The epoch under which the writer owns the run. When the run has an owner under another epoch, the
   * store MUST refuse with OWNER_FENCED and store nothing. Without it nothing is checked.
   */
  readonly expectedEpoch?: number;
}

/**
 * Keeps the state of runs after each super-step.
 *
 * - `save` is durable when it resolves; a second save of a super-step is a new version of it.
 * - `load` and `latest` both answer the newest version, `latest` of the highest super-step;
 *   undefined when there is none.
 * - `list` is in order of super-step, then version.
 */
export interface Checkpointer {
  save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta>;
  load(key: CheckpointKey): Promise<Checkpoint | undefined>;
  latest(line: CheckpointLine): Promise<Checkpoint | undefined>;
  list(line: CheckpointLine): Promise<readonly CheckpointMeta[]>;
  delete(line: CheckpointLine): Promise<void>;
}
