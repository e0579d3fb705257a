import { RunchartError, type RunchartErrorCode } from '../errors.ts';
import { isTerminal, type RunSnapshot } from '../machines/index.ts';
import type { Draft } from './draft.ts';

/** Something that wants to become an event of a run. */
export interface RunRequest {
  readonly draft: Draft;
  readonly idempotencyKey?: string;
  /** The `seq` that the sender saw last; refused with SEQ_CONFLICT if the log has moved on. */
  readonly expectedSeq?: number;
  /** The attempt that the sender saw last; refused with SEQ_CONFLICT if another has begun. */
  readonly expectedAttempt?: number;
  /** The epoch under which the sender drives the run; absent for commands from outside. */
  readonly epoch?: number;
  /** Present: the run changes hands with this event. null lets it go. */
  readonly owner?: string | null;
  /** Records nothing on a run that is over, instead of a late event. */
  readonly unlessOver?: boolean;
}

export type Decision =
  | { readonly kind: 'record'; readonly late: boolean; readonly epoch: number }
  | { readonly kind: 'nothing'; readonly snapshot: RunSnapshot }
  | {
      readonly kind: 'refused';
      readonly error: RunchartError;
      /** False: what others stored meanwhile could change the answer, so read before saying no. */
      readonly isFinal: boolean;
    };

/** That of a run that has not changed hands. */
export const FIRST_EPOCH = 1;

// A set, not an object: every word is a type, "constructor" too.
const TERMINAL_TYPES: ReadonlySet<string> = new Set([
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** True for the types that end an active run. */
export function endsRun(type: string): boolean {
  return TERMINAL_TYPES.has(type);
}

/** What becomes of a request on a run as it stands: pure, and the only place where one is refused. */
export function decide(
  snapshot: RunSnapshot | undefined,
  request: RunRequest,
  runId: string,
): Decision {
  const { type } = request.draft;
  if (snapshot === undefined) {
    if (type === 'run.created') return { kind: 'record', late: false, epoch: FIRST_EPOCH };
    return refused('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
  }
  const { eventCount, epoch, status } = snapshot;
  if (type === 'run.created') {
    return refused('EVENT_INVALID', `Run ${runId} exists: run.created is always and only event 1.`);
  }
  const over = isTerminal(status);
  // Fenced before conflicted: an owner that lost its run should stop, not try again.
  if (!over && request.epoch !== undefined && request.epoch !== epoch) {
    return refused(
      'OWNER_FENCED',
      `Run ${runId} was taken over (epoch ${epoch}, yours is ${request.epoch}); stop working on it.`,
      // It may be over by now: then anybody may record what is late.
      false,
    );
  }
  if (request.expectedSeq !== undefined && request.expectedSeq !== eventCount) {
    return refused(
      'SEQ_CONFLICT',
      `Run ${runId} is at seq ${eventCount}, not ${request.expectedSeq}; read what came and decide again.`,
      request.expectedSeq < eventCount,
    );
  }
  if (over) {
    if (request.unlessOver === true) return { kind: 'nothing', snapshot };
    return { kind: 'record', late: true, epoch };
  }
  const { expectedAttempt = snapshot.attempt } = request;
  if (expectedAttempt !== snapshot.attempt) {
    return refused(
      'SEQ_CONFLICT',
      `Run ${runId} is in attempt ${snapshot.attempt}, not ${expectedAttempt}; read what came and decide again.`,
      false,
    );
  }
  const why = notNow(snapshot, request.draft, runId);
  if (why !== undefined) return why;
  const changesHands = endsRun(type) || request.owner !== undefined;
  return { kind: 'record', late: false, epoch: changesHands ? epoch + 1 : epoch };
}

/** Why an active run does not take an event that it takes at other times. */
function notNow(
  snapshot: RunSnapshot,
  { type, event }: Draft,
  runId: string,
): Decision | undefined {
  if (type === 'interrupt.resolved' && !isOpen(snapshot, event['interruptId'])) {
    return refused(
      'INTERRUPT_SETTLED',
      `Interrupt ${String(event['interruptId'])} of run ${runId} is not open: it was settled before, or never asked for.`,
      false,
    );
  }
  if (type === 'run.completed' && snapshot.requireVerification) {
    const verdict = snapshot.verification?.summary;
    if (verdict !== 'passed') {
      return refused(
        'VERIFICATION_REQUIRED',
        `Run ${runId} cannot complete: its verification ${verdict === undefined ? 'was not reported' : `is ${verdict}`}; record verification.reported with passed checks first.`,
        false,
      );
    }
  }
  return undefined;
}

function isOpen({ waiting }: RunSnapshot, interruptId: unknown): boolean {
  return waiting?.interrupts.some((id) => id === interruptId) ?? false;
}

function refused(code: RunchartErrorCode, message: string, isFinal = true): Decision {
  return { kind: 'refused', error: new RunchartError(code, message), isFinal };
}
