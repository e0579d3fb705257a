import { envelopeOf } from '../actors/index.ts';
import {
  type Envelope,
  foldEvent,
  isTerminal,
  parseSnapshot,
  type RunSnapshot,
  snapshotJsonAs,
} from '../machines/index.ts';
import type { RunRecord, StoredEvent } from '../stores/index.ts';
import type { Findings } from './findings.ts';

/** A log on its way through the fold. */
export interface Refold {
  /** Takes the next event, and says what is wrong with it. */
  add(stored: StoredEvent): Envelope;
  /** The run after the events so far; undefined before the first. */
  readonly snapshot: RunSnapshot | undefined;
  /** The highest attempt so far: one that was recorded by hand may go back. */
  readonly lastAttempt: number;
  /** Compares what the log leads to with what is stored. */
  end(): void;
}

/**
 * Folds the log of a run again: no gap in `seq`, `late` exactly after the end, times and epochs that never
 * go back, and in the end a record and a snapshot that say the same. `base` is what a cut log builds on.
 */
export function createRefold(
  record: RunRecord,
  base: RunSnapshot | undefined,
  findings: Findings,
): Refold {
  let snapshot = base;
  /** What version 1 of the snapshot would lead to: it did not know what a run waits for. */
  let asVersion1: RunSnapshot | undefined;
  let lastAttempt = base?.attempt ?? 0;
  return {
    get snapshot() {
      return snapshot;
    },
    get lastAttempt() {
      return lastAttempt;
    },
    add: (stored) => {
      const envelope = readEnvelope(record, stored, findings);
      for (const flaw of flaws(snapshot, envelope)) findings.problem(flaw);
      snapshot = foldEvent(snapshot, envelope);
      if (isOfVersion1(envelope)) asVersion1 = { ...snapshot, waiting: null };
      else asVersion1 &&= foldEvent(asVersion1, envelope);
      lastAttempt = Math.max(lastAttempt, snapshot.attempt);
      return envelope;
    },
    end: () => {
      const folds = [snapshot, asVersion1].filter((fold) => fold !== undefined);
      for (const flaw of disagreements(record, folds)) findings.problem(flaw);
    },
  };
}

/** The stored snapshot; undefined where it is no JSON. */
export function readSnapshot(json: string): RunSnapshot | undefined {
  try {
    return parseSnapshot(json);
  } catch {
    return undefined;
  }
}

function readEnvelope(record: RunRecord, stored: StoredEvent, findings: Findings): Envelope {
  try {
    const envelope = envelopeOf(record, stored);
    if (isSameText(envelope.event.type, stored.type)) return envelope;
    const inside = JSON.stringify(envelope.event.type ?? null);
    findings.problem(
      `seq ${stored.seq} is stored as ${stored.type}, and says that it is ${inside}`,
    );
  } catch {
    findings.problem(`seq ${stored.seq} (${stored.type}) is no JSON`);
  }
  return envelopeOf(record, { ...stored, payload: JSON.stringify({ type: stored.type }) });
}

/** Half of a surrogate pair is a text in JavaScript, and another one in stores. */
function isSameText(one: unknown, other: string): boolean {
  return typeof one === 'string' && Buffer.from(one).equals(Buffer.from(other));
}

/** Version 1 let a run go without saying why, and its snapshot had no place for that it had. */
function isOfVersion1({ event, late }: Envelope): boolean {
  return event.type === 'attempt.ended' && event['reason'] === undefined && !late;
}

function flaws(
  before: RunSnapshot | undefined,
  { seq, event, late, epoch, emittedAtMs }: Envelope,
): string[] {
  if (before === undefined) {
    return event.type === 'run.created' && seq === 1
      ? []
      : [`the log begins with ${event.type} at seq ${seq}, not with run.created at seq 1`];
  }
  const expected = before.eventCount + 1;
  return [
    event.type === 'run.created' && `seq ${seq} is a second run.created`,
    seq !== expected && `seq ${seq} stands where ${expected} should`,
    late !== isTerminal(before.status) &&
      `seq ${seq} says late: ${late} on a run that was ${before.status}`,
    epoch < before.epoch && `seq ${seq} has epoch ${epoch} after epoch ${before.epoch}`,
    emittedAtMs < before.updatedAtMs && `seq ${seq} is older than the event before it`,
  ].filter((flaw) => flaw !== false);
}

/** `folds`: what the log may lead to, what it leads to now first. */
function disagreements(record: RunRecord, folds: readonly RunSnapshot[]): string[] {
  const [fold] = folds;
  if (fold === undefined) return ['the log is empty'];
  const stored = readSnapshot(record.snapshot);
  if (stored === undefined) return ['the stored snapshot is no JSON'];
  const { v } = JSON.parse(record.snapshot) as { readonly v: number };
  const isFold = folds.some((each) => snapshotJsonAs(each, v) === record.snapshot);
  const said = (what: string, log: unknown, says: unknown): string | false =>
    log !== says && `the log says ${what} ${String(log)}, the record says ${String(says)}`;
  return [
    fold.eventCount !== record.lastSeq &&
      `the log ends at seq ${fold.eventCount}, the record says ${record.lastSeq}`,
    said('status', fold.status, record.status),
    said('epoch', fold.epoch, record.epoch),
    said('definition', fold.definition, record.definition),
    said('parent', fold.parentRunId, record.parentRunId),
    said('fork of', fold.forkedFrom?.runId ?? null, record.forkedFrom),
    said('created at', fold.createdAtMs, record.createdAtMs),
    said('updated at', fold.updatedAtMs, record.updatedAtMs),
    isTerminal(fold.status) &&
      record.owner !== null &&
      `it is over, and the record says that ${record.owner} owns it`,
    said(
      'to wake it at',
      record.owner === null ? (stored.waiting?.wakeAtMs ?? null) : null,
      record.wakeAtMs,
    ),
    !isFold && 'the stored snapshot is not the fold of the log',
  ].filter((flaw) => flaw !== false);
}
