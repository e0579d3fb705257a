import assert from 'node:assert/strict';
import { chainHash, chainStart } from '../../stores/index.ts';
import type {
  EventPage,
  EventStore,
  ImportedEvent,
  RunImport,
  RunRecord,
  StoredEvent,
} from '../../stores/index.ts';
import { eventOf, runOf } from './builders.ts';

export interface PieceFields {
  /** How many events; 1 by default. */
  readonly count?: number;
  readonly run?: Partial<RunRecord>;
  readonly first?: Partial<RunImport['first']>;
  readonly event?: Partial<StoredEvent>;
  /** By `seq`. */
  readonly keys?: Readonly<Record<number, string>>;
  readonly isChained?: boolean;
  /** The hash of the event before. */
  readonly after?: string;
}

/** A piece of `count` events on top of `expectedSeq`, of a run that was created by its first event. */
export function pieceOf(
  runId: string,
  expectedSeq: number,
  { count = 1, run, first, event, keys = {}, isChained = false, after }: PieceFields = {},
): RunImport {
  const created = { key: null, createdSeq: 1, firstSeq: 1, base: null, baseHash: null, isChained };
  const start = first?.firstSeq ?? expectedSeq + 1;
  let last = after ?? first?.baseHash ?? chainStart(runId);
  const events = Array.from({ length: count }, (_, i): ImportedEvent => {
    const stored = eventOf(start + i, event);
    last = chainHash(last, stored);
    return { ...stored, key: keys[start + i] ?? null, hash: isChained ? last : null };
  });
  return {
    run: runOf(runId, start + count - 1, run),
    expectedSeq,
    ...(expectedSeq === 0 && { first: { ...created, ...first } }),
    events,
  };
}

/** The run is here as these pieces say, all of them together. */
export async function sameRun(events: EventStore, pieces: readonly RunImport[]): Promise<void> {
  const [{ first }, last] = [pieces[0], pieces.at(-1)] as [RunImport, RunImport];
  assert.ok(first);
  const all = pieces.flatMap((piece) => piece.events);
  const page: EventPage = {
    events: all.map(({ key: _key, hash: _hash, ...event }) => event),
    nextAfterSeq: last.run.lastSeq,
    hasMore: false,
    firstSeq: first.firstSeq,
    base: first.base,
    chain: {
      hashes: all.map(({ hash }) => hash),
      base: first.baseHash,
      head: all.at(-1)?.hash ?? null,
      lastSeq: last.run.lastSeq,
    },
    keys: {
      created: { key: first.key, throughSeq: first.createdSeq },
      events: all.map(({ key }) => key),
    },
  };
  const { runId } = last.run;
  assert.deepEqual(await events.read(runId, { limit: 999, chain: true, keys: true }), page);
  assert.deepEqual(await events.get(runId), last.run);
}
