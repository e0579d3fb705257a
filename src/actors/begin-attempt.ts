import { isRunchartError } from '../errors.ts';
import { isTerminal, parseSnapshot, type RunSnapshot } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';
import type { Clock } from './clock.ts';
import type { Hosted } from './dispatch.ts';
import { draftEvent } from './draft.ts';
import { insist } from './insist.ts';
import type { Queued } from './queued-runs.ts';
import type { RunActor } from './run-actor.ts';
import { runBefore } from './run-before.ts';
import type { AttemptCause } from './signals.ts';

export interface AttemptPort {
  readonly store: Pick<EventStore, 'isAlive' | 'list'>;
  readonly actor: RunActor;
  readonly ownerId: string;
  /** undefined: nothing is known of its being queued here. */
  readonly queued: Queued | undefined;
  /** Others may have queued it. */
  readonly isShared: boolean;
  /** Runs of a session that it is the turn of may be passed by those that come after them. */
  readonly mayPass: (older: RunRecord) => Promise<boolean>;
  /** True when the code registered here can go on with the run. */
  readonly canDrive: (snapshot: RunSnapshot) => boolean;
  readonly clock: Clock;
  /** Answers a text that was never used before. */
  readonly id: () => string;
}

/** An attempt that has begun in the log. */
export interface Begun {
  readonly snapshot: RunSnapshot;
  readonly sessionId: string;
  readonly ownerId: string;
  readonly epoch: number;
  readonly cause: AttemptCause;
}

/** A run that cannot begin: it is the turn of an older one of its session. */
export interface Held {
  readonly heldBy: RunRecord;
}

/**
 * Begins the next attempt of a run: the event that makes it ours, and has earlier owners refused. Leaves
 * alone what is over, waits for something that has not come, or belongs to somebody alive, and what is
 * behind another run of its session.
 */
export async function beginAttempt(
  record: RunRecord,
  { store, actor, ownerId, queued, isShared, mayPass, canDrive, clock, id }: AttemptPort,
): Promise<Hosted | Begun | Held> {
  const { runId, sessionId, owner } = record;
  const before = parseSnapshot(record.snapshot);
  if (isTerminal(before.status)) return 'terminal';
  if (owner === null && isAsleep(before, clock.now())) return 'waiting';
  const isOurs = owner === ownerId;
  // What others queued is not what we drove before: it was claimed by hand, in this process.
  const known = queued?.epoch ?? (isShared ? undefined : before.epoch);
  if (isOurs && before.epoch !== known) return 'fenced';
  if (!isOurs && queued?.mayTake === false) return 'fenced';
  if (!canDrive(before)) return 'fenced';
  if (!isOurs && owner !== null && (await store.isAlive(owner))) return 'fenced';
  const heldBy = await runBefore(store, record, mayPass);
  if (heldBy !== undefined) return { heldBy };
  const attempt = before.attempt + 1;
  const request = {
    draft: draftEvent(runId, { type: 'attempt.started', attempt, owner: ownerId }),
    expectedAttempt: before.attempt,
    unlessOver: true,
    // Said twice because the first answer was lost, it is one attempt all the same.
    idempotencyKey: `attempt ${attempt} ${id()}`,
    // A run that was ours from the beginning stays so; any other changes hands.
    ...(isOurs && before.attempt === 0 ? { epoch: before.epoch } : { owner: ownerId }),
  };
  try {
    const { envelope, snapshot } = await insist(clock, () => actor.submit(request));
    if (envelope === undefined) return 'terminal';
    const cause = causeOf(before, owner);
    return { snapshot, sessionId, ownerId, epoch: envelope.epoch, cause };
  } catch (error) {
    // Somebody else began it.
    if (isRunchartError(error, 'SEQ_CONFLICT') || isRunchartError(error, 'OWNER_FENCED')) {
      return 'fenced';
    }
    throw error;
  }
}

/** True for a run that waits, and what it waits for has not come. */
function isAsleep({ waiting }: RunSnapshot, nowMs: number): boolean {
  if (waiting?.parked !== 'waiting') return false;
  return waiting.wakeAtMs === null || waiting.wakeAtMs > nowMs;
}

function causeOf({ attempt, waiting }: RunSnapshot, owner: string | null): AttemptCause {
  if (waiting?.parked === 'waiting') return 'woken';
  if (attempt === 0) return 'new';
  return owner === null ? 'released' : 'crashed';
}
