import type { CheckpointMeta } from '../../../stores/checkpointer.ts';
import type { Mention, StepPart } from './run-parts.ts';

/** A checkpoint, by what the log tells of it and what the store still has. */
export interface CheckpointRow {
  readonly superStep: number;
  readonly version: number;
  readonly label: string | null;
  readonly atMs: number;
  /** The event that tells of it; null: the run began with it. */
  readonly seq: number | null;
  /** Its values can be looked at: not all of an old run need be kept. */
  readonly isKept: boolean;
  /** The version that the store has of this super-step, if it is a later one. */
  readonly laterVersion: number | null;
}

/**
 * The checkpoints at a moment, in order of super-step, each in the version that it had then. `seq` is the moment;
 * `kept` is what the store has now.
 */
export function checkpointRows(
  mentions: readonly Mention[],
  kept: readonly CheckpointMeta[],
  seq: number,
): readonly CheckpointRow[] {
  const newest = new Map<number, CheckpointMeta>();
  for (const meta of kept) {
    if (meta.version >= (newest.get(meta.superStep)?.version ?? 0))
      newest.set(meta.superStep, meta);
  }
  const rows = new Map<number, CheckpointRow>();
  const told = new Set<number>();
  for (const { seq: at, atMs, event } of mentions) {
    const superStep = Number(event['superStep']);
    told.add(superStep);
    if (at > seq) continue;
    const version = Number(event['version']);
    const meta = newest.get(superStep);
    const label = typeof event['label'] === 'string' ? event['label'] : null;
    rows.set(superStep, { superStep, version, label, atMs, seq: at, ...standing(meta, version) });
  }
  for (const meta of newest.values()) {
    const { superStep, version, label, createdAtMs: atMs } = meta;
    if (told.has(superStep)) continue;
    rows.set(superStep, { superStep, version, label, atMs, seq: null, ...standing(meta, version) });
  }
  return [...rows.values()].sort((a, b) => a.superStep - b.superStep);
}

function standing(
  meta: CheckpointMeta | undefined,
  version: number,
): Pick<CheckpointRow, 'isKept' | 'laterVersion'> {
  const isLater = meta !== undefined && meta.version > version;
  return { isKept: meta !== undefined, laterVersion: isLater ? meta.version : null };
}

/** The two that are compared: the later one, and the one that it is compared with; null: with nothing. */
export interface CheckpointPair {
  readonly chosen: CheckpointRow;
  readonly against: CheckpointRow | null;
}

/**
 * By what the address says; default: the last one, against the one before it. A super-step that is not there is
 * as none.
 */
export function checkpointPair(
  rows: readonly CheckpointRow[],
  chosenStep: number | undefined,
  againstStep: number | undefined,
): CheckpointPair | undefined {
  const kept = rows.filter(({ isKept }) => isKept);
  const chosen = kept.find(({ superStep }) => superStep === chosenStep) ?? kept.at(-1);
  if (chosen === undefined) return undefined;
  const named = kept.find(({ superStep }) => superStep === againstStep);
  const before = kept[kept.indexOf(chosen) - 1];
  return { chosen, against: (named === chosen ? undefined : named) ?? before ?? null };
}

/** What a fork takes over of the steps of its source, and what it does again. */
export interface ForkSteps {
  readonly remembered: readonly string[];
  readonly again: readonly string[];
}

/** By the event that tells of the checkpoint; null, a run that began with it: all of its own steps come again. */
export function forkSteps(steps: readonly StepPart[], seq: number | null): ForkSteps {
  const [remembered, again]: [string[], string[]] = [[], []];
  for (const { name, tries } of steps) {
    const last = tries.at(-1);
    const isBefore = last?.endedSeq != null && seq !== null && last.endedSeq <= seq;
    if (isBefore && last.outcome === 'completed') remembered.push(name);
    else again.push(name);
  }
  return { remembered, again };
}
