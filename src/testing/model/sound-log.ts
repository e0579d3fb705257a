import type { Envelope, RunEvent, Stores } from '../../index.ts';
import { canonicalJson } from '../../json.ts';
import { factsOf, factsOfLog } from './contract/run-facts.ts';
import { endsRun, isOver } from './contract/status-table.ts';
import { parseSnapshot } from '../../machines/index.ts';
import type { RunRecord } from '../../stores/index.ts';

const PAGE_EVENTS = 1000;

/** The log of a run as it is stored, from the first event that is left. */
async function storedLog({ events }: Stores, record: RunRecord): Promise<Envelope[]> {
  const { runId, sessionId } = record;
  const log: Envelope[] = [];
  for (let afterSeq = 0; ;) {
    const page = await events.read(runId, { afterSeq, limit: PAGE_EVENTS });
    for (const { payload, type: _, ...stored } of page.events) {
      log.push({ ...stored, runId, sessionId, event: JSON.parse(payload) as RunEvent });
    }
    afterSeq = page.nextAfterSeq;
    if (!page.hasMore) return log;
  }
}

/**
 * The invariants that a stored run breaks, one sentence each, by the model and without the help of the
 * fold or of `verify`: I1, I3, I4, I7 as far as epochs and owners show it, I10, and the record beside
 * the snapshot. Of a log whose head was cut, what is left is looked at. Rejects as the stores do.
 */
export async function brokenInvariants(stores: Stores, runId: string): Promise<readonly string[]> {
  const record = await stores.events.get(runId);
  if (record === undefined) return [`there is no run ${runId}`];
  // What was recorded since the record was read does not count.
  const log = (await storedLog(stores, record)).filter(({ seq }) => seq <= record.lastSeq);
  return [...brokenBy(log), ...brokenByRecord(record, log)];
}

function* brokenBy(log: readonly Envelope[]): Generator<string> {
  const first = log[0]?.seq ?? 1;
  const end = log.find(({ event, late }) => endsRun(event.type) && !late)?.seq;
  if (first === 1 && log[0]?.event.type !== 'run.created') yield 'event 1 is not run.created';
  if (new Set(log.map(({ eventId }) => eventId)).size !== log.length) yield 'event ids repeat';
  for (const [i, { seq, late, epoch, emittedAtMs, event }] of log.entries()) {
    const before = log[i - 1];
    if (seq !== first + i) yield `I4: seq ${seq} stands where ${first + i} should`;
    if (first === 1 && late !== (end !== undefined && seq > end)) {
      yield `I1: seq ${seq} says late: ${late}, the run ended at ${end ?? 'no event'}`;
    }
    if (!late && endsRun(event.type) && seq !== end) yield `I1: seq ${seq} decides once more`;
    if (before === undefined) continue;
    if (before.late && !late) yield `I1: seq ${seq} counts after late events`;
    if (epoch < before.epoch) yield `I7: seq ${seq} has epoch ${epoch} after ${before.epoch}`;
    if (emittedAtMs < before.emittedAtMs) yield `I10: seq ${seq} is older than the event before`;
  }
}

function* brokenByRecord(record: RunRecord, log: readonly Envelope[]): Generator<string> {
  const snapshot = parseSnapshot(record.snapshot);
  const { status, epoch, eventCount, createdAtMs, updatedAtMs } = snapshot;
  if (canonicalJson(snapshot) !== record.snapshot) yield 'I3: the snapshot is not canonical JSON';
  if (log[0]?.seq === 1) {
    const [stored, folded] = [factsOf(snapshot), factsOfLog(log)].map(canonicalJson);
    if (stored !== folded) yield `I3: the snapshot is ${stored}, the log says ${folded}`;
    if (createdAtMs !== log[0].emittedAtMs) yield 'I10: createdAtMs is not that of event 1';
  }
  if (updatedAtMs !== log.at(-1)?.emittedAtMs)
    yield 'I10: updatedAtMs is not that of the last event';
  if (createdAtMs > updatedAtMs) yield 'I10: createdAtMs is after updatedAtMs';
  if (log.at(-1)?.seq !== record.lastSeq) yield `I4: the log ends before seq ${record.lastSeq}`;
  if (eventCount !== record.lastSeq) yield `I4: eventCount is ${eventCount} at ${record.lastSeq}`;
  const same = { status, epoch, createdAtMs, updatedAtMs };
  for (const [name, value] of Object.entries(same)) {
    const given = record[name as keyof typeof same];
    if (given !== value) yield `I3: the record has ${name} ${given}, the snapshot ${value}`;
  }
  if (isOver(status) && record.owner !== null) yield 'I7: a run that is over has an owner';
}
