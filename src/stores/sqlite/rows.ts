import type { CheckpointMeta } from '../checkpointer.ts';
import type { RunRecord, StoredEvent } from '../event-store.ts';
import type { OutputRecord } from '../output-store.ts';
import { parseStored } from '../../stored-json.ts';

// Rows of node:sqlite have no prototype: each is copied into a plain object before it is handed out.

export const EVENT_COLUMNS =
  'seq, event_id AS eventId, type, emitted_at AS emittedAtMs, events.epoch, late, payload';

export function toEvent(row: unknown): StoredEvent {
  const event = row as Omit<StoredEvent, 'late'> & { late: number };
  return { ...event, late: event.late === 1 };
}

/** Of a row that has the hash and the key as well, which are no part of the event. */
export function toBareEvent(row: unknown): StoredEvent {
  const {
    hash: _hash,
    key: _key,
    ...event
  } = row as {
    readonly hash: string | null;
    readonly key: string | null;
  };
  return toEvent(event);
}

export function keyOf(row: unknown): string | null {
  return (row as { readonly key: string | null }).key;
}

export function hashOf(row: unknown): string | null {
  return (row as { readonly hash: string | null }).hash;
}

export const RUN_COLUMNS =
  'run_id AS runId, session_id AS sessionId, definition, status, last_seq AS lastSeq, epoch, owner, ' +
  'wake_at AS wakeAtMs, parent_run_id AS parentRunId, forked_from AS forkedFrom, ' +
  'created_at AS createdAtMs, updated_at AS updatedAtMs, snapshot';

export function toRun(row: unknown): RunRecord {
  return { ...(row as RunRecord) };
}

/** A run with its integer key, which is its place in lists. */
export function toListedRun(row: unknown): { readonly run: number; readonly record: RunRecord } {
  const { run, ...record } = row as RunRecord & { run: number };
  return { run, record };
}

export const OUTPUT_COLUMNS =
  'output_id AS id, run_id AS runId, task_id AS taskId, attempt, producer, event, ' +
  'parents AS parentRefs, created_at AS createdAtMs';

export function toOutput(row: unknown): OutputRecord {
  const output = row as Omit<OutputRecord, 'event' | 'parentRefs'> & {
    event: string;
    parentRefs: string;
  };
  return {
    ...output,
    event: parseStored(output.event, () => `output ${output.id}`),
    parentRefs: parseStored(output.parentRefs, () => `the parents of output ${output.id}`),
  };
}

export const CHECKPOINT_COLUMNS =
  'definition, run_id AS runId, super_step AS superStep, version, label, created_at AS createdAtMs';

export function toCheckpointMeta(row: unknown): CheckpointMeta {
  return { ...(row as CheckpointMeta) };
}
