import type { PageChain, RunRecord, StoredEvent } from '../event-store.ts';
import { chainHashes } from '../hash-chain.ts';

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
  /** What the commit that created the run recorded: a repeat of it gets these, if they are still there. */
  created: readonly StoredEvent[];
  readonly byKey: Map<string, readonly StoredEvent[]>;
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
