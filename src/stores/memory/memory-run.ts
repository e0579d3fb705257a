import type {
  Commit,
  CommitRefusal,
  ImportedEvent,
  PageChain,
  PageKeys,
  RunImport,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { chainHashes, chainStart } from '../hash-chain.ts';

/** A run as the memory keeps it. */
export interface MemoryRun {
  /** Order of creation, from 1: what lists and cursors go by. No two runs ever have the same. */
  readonly position: number;
  record: RunRecord;
  /** It stands in what runs are found by. */
  isFound: boolean;
  /** Event n stands at index n - 1 - cutSeq. */
  readonly log: StoredEvent[];
  /** The last event that was cut, 0 for none, and the snapshot after it. */
  cutSeq: number;
  base: string | null;
  /** The hash of each event of `log`; null: the run has no chain. */
  readonly hashes: string[] | null;
  /** What the first event of `log` is chained to. */
  chainBase: string;
  readonly creationKey: string | undefined;
  /** The last event of the commit that created the run. */
  readonly createdSeq: number;
  readonly byKey: Map<string, readonly StoredEvent[]>;
}

/** A run that a commit creates, before its events are in it. */
export function newRun(position: number, commit: Commit, isChaining: boolean): MemoryRun {
  const { run, idempotencyKey } = commit;
  return {
    position,
    record: run,
    isFound: false,
    log: [],
    cutSeq: 0,
    base: null,
    hashes: isChaining ? [] : null,
    chainBase: chainStart(run.runId),
    creationKey: idempotencyKey,
    createdSeq: run.lastSeq,
    byKey: new Map(),
  };
}

/** A run that comes from another store, before its events are in it. */
export function importedRun(
  position: number,
  run: RunRecord,
  first: NonNullable<RunImport['first']>,
): MemoryRun {
  return {
    position,
    record: run,
    isFound: false,
    log: [],
    cutSeq: first.firstSeq - 1,
    base: first.base,
    hashes: first.isChained ? [] : null,
    chainBase: first.baseHash ?? chainStart(run.runId),
    creationKey: first.key ?? undefined,
    createdSeq: first.createdSeq,
    byKey: new Map(),
  };
}

/** Adds events of another store, with their keys and hashes as they are. */
export function addImported(entry: MemoryRun, events: readonly ImportedEvent[]): void {
  for (const { key, hash, ...event } of events) {
    entry.log.push(event);
    if (hash !== null) entry.hashes?.push(hash);
    if (key !== null) entry.byKey.set(key, [...(entry.byKey.get(key) ?? []), event]);
  }
}

/** What the commit that created the run recorded: nothing any more once one of its events was cut. */
export function createdEvents({ log, cutSeq, createdSeq }: MemoryRun): readonly StoredEvent[] {
  return cutSeq > 0 ? [] : log.slice(0, createdSeq);
}

/** The keys of a page of events. */
export function keysOf(
  { creationKey, createdSeq, byKey }: MemoryRun,
  events: readonly StoredEvent[],
): PageKeys {
  const keys = new Map<number, string>();
  for (const [key, keyed] of byKey) for (const { seq } of keyed) keys.set(seq, key);
  return {
    created: { key: creationKey ?? null, throughSeq: createdSeq },
    events: events.map(({ seq }) => keys.get(seq) ?? null),
  };
}

/** Goes on with the chain of a run that has one. */
export function link({ hashes, chainBase }: MemoryRun, events: readonly StoredEvent[]): void {
  hashes?.push(...(chainHashes(hashes.at(-1) ?? chainBase, events) ?? []));
}

/** The hashes of a page of events, which begins at index `from`. */
export function chainOf(
  { hashes, chainBase, cutSeq, record }: MemoryRun,
  from: number,
  limit: number,
): PageChain {
  const { lastSeq } = record;
  if (hashes === null) {
    const none = Array.from({ length: Math.min(limit, lastSeq - cutSeq - from) }, () => null);
    return { hashes: none, base: null, head: null, lastSeq };
  }
  const page = hashes.slice(from, from + limit);
  return {
    hashes: page,
    base: cutSeq === 0 ? null : chainBase,
    head: hashes.at(-1) ?? null,
    lastSeq,
  };
}

/** What a commit makes of the record: all but what the creation fixed. */
export function replaced(before: RunRecord, run: RunRecord): RunRecord {
  const { sessionId, definition, parentRunId, forkedFrom, createdAtMs } = before;
  const isSame =
    run.sessionId === sessionId &&
    run.definition === definition &&
    run.parentRunId === parentRunId &&
    run.forkedFrom === forkedFrom &&
    run.createdAtMs === createdAtMs;
  if (isSame) return run;
  return { ...run, sessionId, definition, parentRunId, forkedFrom, createdAtMs };
}

/** What a run comes from, each kind a name space of its own. */
export function originsOf({
  parentRunId,
  forkedFrom,
}: Partial<Pick<RunRecord, 'parentRunId' | 'forkedFrom'>>): string[] {
  return [
    ...(parentRunId == null ? [] : [`parent ${parentRunId}`]),
    ...(forkedFrom == null ? [] : [`fork ${forkedFrom}`]),
  ];
}

/** Why the commit is not stored on top of what is here; undefined: it is. */
export function refusal(
  { expectedSeq, expectedEpoch }: Commit,
  entry: MemoryRun | undefined,
): CommitRefusal | undefined {
  if (expectedSeq === 0) return entry === undefined ? undefined : 'RUN_EXISTS';
  if (entry === undefined) return 'RUN_NOT_FOUND';
  const { epoch, lastSeq } = entry.record;
  if (expectedEpoch !== undefined && expectedEpoch !== epoch) return 'OWNER_FENCED';
  return expectedSeq === lastSeq ? undefined : 'SEQ_CONFLICT';
}

/** The runs of `runIds` without a fork that stays. */
export function forgettable(
  runIds: readonly string[],
  all: readonly MemoryRun[],
): ReadonlySet<string> {
  const gone = new Set(runIds);
  for (let before = -1; before !== gone.size;) {
    before = gone.size;
    for (const { record } of all) {
      if (record.forkedFrom !== null && !gone.has(record.runId)) gone.delete(record.forkedFrom);
    }
  }
  return gone;
}
