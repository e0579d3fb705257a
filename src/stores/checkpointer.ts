import type { Json } from '../json.ts';

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

export type CheckpointDraft = Omit<Checkpoint, 'version'>;

/**
 * Keeps the state of runs after each super-step.
 *
 * - `save` is durable when it resolves; a second save of a super-step is a new version of it.
 * - `load` and `latest` both answer the newest version, `latest` of the highest super-step;
 *   undefined when there is none.
 * - `list` is in order of super-step, then version.
 */
export interface Checkpointer {
  save(draft: CheckpointDraft): Promise<CheckpointMeta>;
  load(key: CheckpointKey): Promise<Checkpoint | undefined>;
  latest(line: CheckpointLine): Promise<Checkpoint | undefined>;
  list(line: CheckpointLine): Promise<readonly CheckpointMeta[]>;
  delete(line: CheckpointLine): Promise<void>;
}
