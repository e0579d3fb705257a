import assert from 'node:assert/strict';
import type { RunchartErrorCode } from '../../errors.ts';
import type {
  CheckpointDraft,
  Commit,
  EventStore,
  OutputEvent,
  OutputRecord,
  RunRecord,
  StoredEvent,
} from '../../stores/index.ts';
import { errorText, textOf } from '../plain-words.ts';

export function eventOf(seq: number, fields: Partial<StoredEvent> = {}): StoredEvent {
  const payload = JSON.stringify({ type: 'text.delta', delta: `piece ${seq}` });
  const fixed = { type: 'text.delta', emittedAtMs: 1_763_694_000_000 + seq, epoch: 1, late: false };
  return { seq, eventId: `evt_${seq}`, ...fixed, payload, ...fields };
}

export function runOf(runId: string, lastSeq: number, fields: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    sessionId: 'ses_1',
    definition: null,
    status: 'created',
    lastSeq,
    epoch: 1,
    owner: null,
    wakeAtMs: null,
    parentRunId: null,
    forkedFrom: null,
    createdAtMs: 1_763_694_000_000,
    updatedAtMs: 1_763_694_000_000 + lastSeq,
    snapshot: JSON.stringify({ status: 'created', eventCount: lastSeq }),
    ...fields,
  };
}

export interface CommitFields extends Omit<Partial<Commit>, 'run' | 'events'> {
  readonly run?: Partial<RunRecord>;
  readonly event?: Partial<StoredEvent>;
  /** How many events; 1 by default. */
  readonly count?: number;
}

/** A commit of `count` events on top of `expectedSeq`. */
export function commitOf(runId: string, expectedSeq: number, fields: CommitFields = {}): Commit {
  const { run, event, count = 1, ...rest } = fields;
  const events = Array.from({ length: count }, (_, i) => eventOf(expectedSeq + i + 1, event));
  return { run: runOf(runId, expectedSeq + count, run), expectedSeq, events, ...rest };
}

/** Creates a run with a log of `length` events. */
export async function fill(events: EventStore, runId: string, length: number): Promise<void> {
  const outcomes = await events.append([commitOf(runId, 0, { count: length })]);
  assert.deepEqual(outcomes, [{ kind: 'stored' }]);
}

/** The `seq` of each event of a run, read in pages. */
export async function seqsInPages(
  events: EventStore,
  runId: string,
  limit: number,
): Promise<readonly number[]> {
  const seqs: number[] = [];
  let afterSeq = 0;
  for (let hasMore = true; hasMore;) {
    const page = await events.read(runId, { afterSeq, limit });
    seqs.push(...page.events.map(({ seq }) => seq));
    ({ hasMore, nextAfterSeq: afterSeq } = page);
  }
  return seqs;
}

export function outputOf(id: string, fields: Partial<OutputRecord> = {}): OutputRecord {
  return {
    id,
    runId: 'run_1',
    taskId: 'task_1',
    attempt: 1,
    producer: 'writer',
    event: { type: 'progress', stage: 'draft' },
    parentRefs: [],
    createdAtMs: 1_763_694_000_000,
    ...fields,
  };
}

/** An output that closes its attempt. */
export const FINAL: OutputEvent = {
  type: 'final',
  ok: true,
  content: { kind: 'inline', value: 'done' },
};

export function idsOf(records: readonly OutputRecord[]): readonly string[] {
  return records.map(({ id }) => id);
}

export function checkpointOf(
  superStep: number,
  fields: Partial<CheckpointDraft> = {},
): CheckpointDraft {
  return {
    definition: 'writer',
    runId: 'run_1',
    superStep,
    label: null,
    createdAtMs: 1_763_694_000_000 + superStep,
    values: { step: superStep },
    ...fields,
  };
}

/** The error that the promise rejects with. It MUST be a RunchartError of this code. */
export async function rejectsWith(
  code: RunchartErrorCode,
  promise: Promise<unknown>,
): Promise<Error> {
  const error = await promise.then(
    (answer: unknown) =>
      assert.fail(`a rejection with ${code} was expected, and the answer was ${textOf(answer)}`),
    (reason: unknown) => reason,
  );
  if (isRunchartErrorOf(error, code)) return error;
  if (error instanceof assert.AssertionError) throw error;
  return assert.fail(
    `a RunchartError ${code} was expected, and it rejected with ${errorText(error)}`,
  );
}

/** By its name and code: a store may use another copy of the package than the one that runs the cases. */
function isRunchartErrorOf(error: unknown, code: RunchartErrorCode): error is Error {
  return (
    error instanceof Error &&
    error.name === 'RunchartError' &&
    'code' in error &&
    error.code === code
  );
}

/** Strings that break careless SQL, paths or encodings. */
export const ODD_STRINGS: readonly string[] = [
  "'; DROP TABLE runs; --",
  '" OR 1=1',
  '%_\\',
  '?1',
  '../../etc/passwd',
  'naïve 🏃 日本',
  'a\u0000b',
  ' ',
  '',
  '__proto__',
  'constructor',
  '🏃'.repeat(64),
  'x'.repeat(256),
];
