import {
  type Envelope,
  foldEvent,
  isTerminal,
  parseSnapshot,
  type RunSnapshot,
  snapshotJson,
} from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';
import { envelopeOf } from './envelope.ts';

/** What folding a log again says about what is stored. */
export interface Verification {
  readonly runId: string;
  readonly ok: boolean;
  readonly events: number;
  /** One sentence each; empty when the log and the record agree. */
  readonly problems: readonly string[];
}

const PAGE_EVENTS = 1000;

/**
 * Folds the log of a run again and compares: no gap in `seq`, `late` exactly after the end, times and
 * epochs that never go back, and a snapshot that equals the stored one byte for byte.
 */
export async function verifyRun(store: EventStore, record: RunRecord): Promise<Verification> {
  const problems: string[] = [];
  let snapshot: RunSnapshot | undefined;
  let afterSeq = 0;
  // What is recorded while this reads is left for the next time.
  while (afterSeq < record.lastSeq) {
    const limit = Math.min(PAGE_EVENTS, record.lastSeq - afterSeq);
    const page = await store.read(record.runId, { afterSeq, limit });
    if (snapshot === undefined && page.base !== null) snapshot = parseSnapshot(page.base);
    for (const event of page.events) {
      const envelope = envelopeOf(record, event);
      problems.push(...flaws(snapshot, envelope));
      snapshot = foldEvent(snapshot, envelope);
    }
    if (page.nextAfterSeq === afterSeq) break;
    afterSeq = page.nextAfterSeq;
  }
  problems.push(...disagreements(record, snapshot));
  return { runId: record.runId, ok: problems.length === 0, events: afterSeq, problems };
}

function flaws(
  before: RunSnapshot | undefined,
  { seq, event, late, epoch, emittedAtMs }: Envelope,
): string[] {
  const expected = (before?.eventCount ?? 0) + 1;
  if (before === undefined) {
    return event.type === 'run.created' && seq === 1
      ? []
      : [`the log begins with ${event.type} at seq ${seq}, not with run.created at seq 1`];
  }
  return [
    seq !== expected && `seq ${seq} stands where ${expected} should`,
    late !== isTerminal(before.status) &&
      `seq ${seq} says late: ${late} on a run that was ${before.status}`,
    epoch < before.epoch && `seq ${seq} has epoch ${epoch} after epoch ${before.epoch}`,
    emittedAtMs < before.updatedAtMs && `seq ${seq} is older than the event before it`,
  ].filter((flaw) => flaw !== false);
}

/** A snapshot of an earlier version is compared as what it is read as; others byte for byte. */
function ofThisVersion(stored: string, version: number): string {
  const { v } = JSON.parse(stored) as { readonly v: number };
  return v === version ? stored : snapshotJson(parseSnapshot(stored));
}

function disagreements(record: RunRecord, snapshot: RunSnapshot | undefined): string[] {
  if (snapshot === undefined) return ['the log is empty'];
  return [
    snapshot.eventCount !== record.lastSeq &&
      `the log ends at seq ${snapshot.eventCount}, the record says ${record.lastSeq}`,
    snapshot.status !== record.status &&
      `the log says ${snapshot.status}, the record says ${record.status}`,
    snapshot.epoch !== record.epoch &&
      `the log is at epoch ${snapshot.epoch}, the record at ${record.epoch}`,
    snapshotJson(snapshot) !== ofThisVersion(record.snapshot, snapshot.v) &&
      'the stored snapshot is not the fold of the log',
  ].filter((flaw) => flaw !== false);
}
