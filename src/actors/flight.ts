import { type Envelope, isTerminal, type RunSnapshot, snapshotJson } from '../machines/index.ts';
import type { Commit, StoredEvent } from '../stores/index.ts';
import type { RunRequest } from './decide.ts';

/** What a request came to: the envelope it recorded (undefined if none), and the run right after it. */
export interface Recorded {
  readonly envelope: Envelope | undefined;
  readonly snapshot: RunSnapshot;
  /** The key was used before: the envelope is the one of that time, and nothing was recorded now. */
  readonly isRepeat?: boolean;
}

/** A request and whoever waits for its outcome. */
export interface Waiting extends RunRequest {
  /** Decided against once, on a snapshot that might have been old; the run was read since. */
  readonly isSecondLook?: boolean;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: unknown) => void;
}

/** A commit under way, and what it leads to. */
export interface Flight {
  readonly requests: readonly Waiting[];
  /** One per request. */
  readonly events: readonly StoredEvent[];
  /** One per request: the snapshot right after it. */
  readonly snapshots: readonly RunSnapshot[];
  readonly before: RunSnapshot | undefined;
  readonly owner: string | null;
}

/** Who owns the run after a request: a run that is over belongs to nobody. */
export function ownerAfter(
  owner: string | null,
  request: RunRequest,
  snapshot: RunSnapshot,
): string | null {
  if (isTerminal(snapshot.status)) return null;
  return request.owner === undefined ? owner : request.owner;
}

export function commitOf({ requests, events, before, owner }: Flight, after: RunSnapshot): Commit {
  const key = requests[0]?.idempotencyKey;
  // A run that is over has no owner: what is recorded on it then is late, whoever sends it, also
  // behind the event of this very commit that ends it.
  const isDriven = requests.some(
    ({ epoch }, i) => epoch !== undefined && events[i]?.late === false,
  );
  return {
    run: {
      runId: after.runId,
      sessionId: after.sessionId,
      definition: after.definition,
      status: after.status,
      lastSeq: after.eventCount,
      epoch: after.epoch,
      owner,
      wakeAtMs: owner === null ? (after.waiting?.wakeAtMs ?? null) : null,
      parentRunId: after.parentRunId,
      forkedFrom: after.forkedFrom?.runId ?? null,
      createdAtMs: after.createdAtMs,
      updatedAtMs: after.updatedAtMs,
      snapshot: snapshotJson(after),
    },
    expectedSeq: before?.eventCount ?? 0,
    events,
    ...(key !== undefined && { idempotencyKey: key }),
    ...(isDriven && before !== undefined && { expectedEpoch: before.epoch }),
  };
}
