import type { RunRecord, StoredEvent } from '../event-store.ts';
import { givenOrNull, givenText } from './storable-text.ts';

/** The columns of an event, of a table or an alias. */
export function eventColumns(of: string): string {
  return `${of}.seq, ${of}.event_id AS "eventId", ${of}.type, ${of}.emitted_at AS "emittedAtMs", ${of}.epoch,
    ${of}.late, ${of}.payload`;
}

export function toEvent({
  seq,
  eventId,
  type,
  emittedAtMs,
  epoch,
  late,
  payload,
}: StoredEvent): StoredEvent {
  return {
    seq,
    eventId: givenText(eventId),
    type: givenText(type),
    emittedAtMs,
    epoch,
    late,
    payload: givenText(payload),
  };
}

export const RUN_COLUMNS = `
  run_id AS "runId", session_id AS "sessionId", definition, status, last_seq AS "lastSeq", epoch, owner,
  wake_at AS "wakeAtMs", parent_run_id AS "parentRunId", forked_from AS "forkedFrom",
  created_at AS "createdAtMs", updated_at AS "updatedAtMs", snapshot`;

export function toRun(row: RunRecord): RunRecord {
  return {
    runId: givenText(row.runId),
    sessionId: givenText(row.sessionId),
    definition: givenOrNull(row.definition),
    status: givenText(row.status),
    lastSeq: row.lastSeq,
    epoch: row.epoch,
    owner: givenOrNull(row.owner),
    wakeAtMs: row.wakeAtMs,
    parentRunId: givenOrNull(row.parentRunId),
    forkedFrom: givenOrNull(row.forkedFrom),
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
    snapshot: givenText(row.snapshot),
  };
}
