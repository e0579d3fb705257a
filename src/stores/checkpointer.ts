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
  /** Default: the newest. */
  readonly version?: number;
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

/** A version of a checkpoint as another store has it. */
export interface ImportedCheckpoint extends CheckpointDraft {
  readonly version: number;
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
 * - `load` answers the version that is asked for, or else the newest one, and `latest` the newest one of the
 *   highest super-step; undefined when there is none.
 * - `list` is in order of super-step, then version.
 * - `lines` answers the definitions under which a run has checkpoints, in any order, each once.
 * - `import` adds versions of another store one after the other, as they are given. Within a super-step they MUST come
 *   without a gap, from 1 or from behind those that are here; a version that is here already is left alone, whatever
 *   it holds, so that an import can be repeated. A change of a checkpoint that is not here is
 *   refused (CHECKPOINT_NOT_FOUND); when it rejects, some of those in front may be stored, and none behind.
 */
export interface Checkpointer {
  save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta>;
  load(key: CheckpointKey): Promise<Checkpoint | undefined>;
  latest(line: CheckpointLine): Promise<Checkpoint | undefined>;
  list(line: CheckpointLine): Promise<readonly CheckpointMeta[]>;
  lines(runId: string): Promise<readonly CheckpointLine[]>;
  import(checkpoints: readonly ImportedCheckpoint[]): Promise<void>;
  delete(line: CheckpointLine): Promise<void>;
}
