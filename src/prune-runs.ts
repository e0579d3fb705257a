import { envelopeOf, type Supervisor } from './actors/index.ts';
import { checkNumber } from './check-input.ts';
import {
  foldEvent,
  parseSnapshot,
  type RunSnapshot,
  snapshotJson,
  TERMINAL_STATUSES,
  type TerminalStatus,
} from './machines/index.ts';
import type { RunRecord } from './stores/index.ts';

export interface PruneOptions {
  /** Only runs that ended, and that nothing was recorded on, since longer than this, in milliseconds. */
  readonly olderThanMs?: number;
  /** Only runs that ended so. Default: all that are over. */
  readonly statuses?: readonly TerminalStatus[];
  readonly sessionId?: string;
  readonly definition?: string;
  /** The newest runs of each session that are over are kept, this many. Default 0. */
  readonly keepPerSession?: number;
  /** Instead of deleting a run: keep its record, and this many of its last events. */
  readonly keepEvents?: number;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
}

export interface PruneReport {
  /** Ids of the runs that were deleted, or whose log was cut. */
  readonly runs: readonly string[];
  /** Runs that are old enough, and are kept because active ones were forked from them or are their parent or child. */
  readonly kept: readonly string[];
  /** Contents of outputs that nobody referred to any more. */
  readonly blobs: number;
  readonly blobBytes: number;
}

const PAGE_RUNS = 500;
const PAGE_EVENTS = 1000;

/** A content that is in no record yet may be about to be: it is left alone for this long, in milliseconds. */
const BLOB_GRACE_MS = 60 * 60 * 1000;

/** Deletes runs that are over, with all that belongs to them, or cuts the heads of their logs. */
export async function pruneRuns(
  supervisor: Supervisor,
  nowMs: number,
  options: PruneOptions,
): Promise<PruneReport> {
  const { olderThanMs = 0, keepPerSession = 0, keepEvents, dryRun = false } = options;
  checkNumber('olderThanMs', olderThanMs);
  checkNumber('keepPerSession', keepPerSession);
  if (keepEvents !== undefined) checkNumber('keepEvents', keepEvents);
  const { stores } = supervisor;
  const seen = new Map<string, number>();
  const old: RunRecord[] = [];
  for await (const record of runsThatAreOver(supervisor, options)) {
    const place = (seen.get(record.sessionId) ?? 0) + 1;
    seen.set(record.sessionId, place);
    if (place > keepPerSession && record.updatedAtMs <= nowMs - olderThanMs) old.push(record);
  }
  const needed = await neededIds(supervisor, old);
  const runs: string[] = [];
  const candidates = old.map(({ runId }) => runId).filter((runId) => !needed.has(runId));
  if (keepEvents !== undefined) {
    for (const record of old.filter(({ runId }) => !needed.has(runId))) {
      const { firstSeq } = await stores.events.read(record.runId, { limit: 0 });
      if (record.lastSeq - firstSeq < keepEvents) continue;
      if (!dryRun) await cutHead(supervisor, record, Math.max(1, keepEvents));
      runs.push(record.runId);
    }
  } else if (dryRun) runs.push(...candidates);
  else {
    for (let at = 0; at < candidates.length; at += PAGE_RUNS) {
      const forgotten = await stores.forget(candidates.slice(at, at + PAGE_RUNS));
      supervisor.feed.changed.publish(forgotten);
      runs.push(...forgotten);
    }
  }
  const grace = { olderThanMs: BLOB_GRACE_MS, dryRun };
  const garbage = await stores.blobs.collect((ids) => stores.outputs.usedBlobs(ids), grace);
  if (!dryRun) await stores.compact();
  return { runs, kept: [...needed], blobs: garbage.blobs, blobBytes: garbage.bytes };
}

/** Newest first, so that the newest of each session come first too. */
async function* runsThatAreOver(
  { stores }: Supervisor,
  { statuses = TERMINAL_STATUSES, sessionId, definition }: PruneOptions,
): AsyncGenerator<RunRecord> {
  const filter = {
    statuses,
    ...(sessionId !== undefined && { sessionId }),
    ...(definition !== undefined && { definition }),
  };
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { ...filter, limit: PAGE_RUNS, ...(cursor !== undefined && { cursor }) };
    const page = await stores.events.list(query);
    yield* page.runs;
    cursor = page.nextCursor;
  }
}

/**
 * Of the old runs those that others need: the sources of forks that stay, the parents of children and
 * the children of parents that are active. A source may have a source itself.
 */
async function neededIds(
  { stores }: Supervisor,
  old: readonly RunRecord[],
): Promise<ReadonlySet<string>> {
  const going = new Set(old.map(({ runId }) => runId));
  const needed = new Set<string>();
  const need = (runId: string): void => {
    going.delete(runId);
    needed.add(runId);
  };
  for (let before = -1; before !== needed.size;) {
    before = needed.size;
    for (const { runId, parentRunId } of old) {
      if (!going.has(runId)) continue;
      if (await isNeeded(stores.events, runId, parentRunId, going)) need(runId);
    }
  }
  return needed;
}

async function isNeeded(
  events: Supervisor['stores']['events'],
  runId: string,
  parentRunId: string | null,
  going: ReadonlySet<string>,
): Promise<boolean> {
  for (const filter of [{ forkedFrom: runId }, { parentRunId: runId }]) {
    const isFork = 'forkedFrom' in filter;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { ...filter, limit: PAGE_RUNS, ...(cursor !== undefined && { cursor }) };
      const page = await events.list(query);
      const isStaying = page.runs.some((run) => (isFork ? !going.has(run.runId) : isActive(run)));
      if (isStaying) return true;
      cursor = page.nextCursor;
    }
  }
  const parent = parentRunId === null ? undefined : await events.get(parentRunId);
  return parent !== undefined && isActive(parent);
}

function isActive({ status }: RunRecord): boolean {
  return !TERMINAL_STATUSES.some((terminal) => terminal === status);
}

async function cutHead(
  { stores: { events } }: Supervisor,
  record: RunRecord,
  keepEvents: number,
): Promise<void> {
  const throughSeq = record.lastSeq - keepEvents;
  let base: RunSnapshot | undefined;
  for (let afterSeq = 0; afterSeq < throughSeq;) {
    const limit = Math.min(PAGE_EVENTS, throughSeq - afterSeq);
    const page = await events.read(record.runId, { afterSeq, limit });
    if (base === undefined && page.base !== null) base = parseSnapshot(page.base);
    for (const event of page.events) {
      if (event.seq <= throughSeq) base = foldEvent(base, envelopeOf(record, event));
    }
    if (page.nextAfterSeq === afterSeq) break;
    afterSeq = page.nextAfterSeq;
  }
  if (base?.eventCount === throughSeq)
    await events.cut(record.runId, throughSeq, snapshotJson(base));
}
