import { draftEvent, type FollowOptions, type Recorded, type RunRequest, type Supervisor } from './actors/index.ts';
import { RunchartError } from './errors.ts';
import type { Json } from './json.ts';
import {
  type Envelope,
  isTerminal,
  parseSnapshot,
  type RunEvent,
  type RunSnapshot,
  type RunStatus,
  type TerminalStatus,
} from './machines/index.ts';
import { type RunOutputs, toFailure } from './work/index.ts';

export interface RecordOptions {
  /** The same key again answers the first envelope and records nothing. Unique within the run. */
  readonly idempotencyKey?: string;
  /** The `seq` seen last; rejects with SEQ_CONFLICT if the log has moved on. */
  readonly expectedSeq?: number;
}

/** Who decided how a run ends. */
export interface Receipt {
  /** A status: this call decided it. `already-...`: the run was over before, and stays as it was. */
  readonly outcome: TerminalStatus | 'already-cancelled' | 'already-terminal';
  readonly status: TerminalStatus;
  /** The `seq` of the event that decided, this call's or the earlier one. */
  readonly seq: number;
}

/**
 * A run, from wherever it is looked at. Every answer comes from what is stored.
 *
 * A handle from `open` or `claim` drives the run: after a take-over its `record`, `complete` and
 * `fail` reject with OWNER_FENCED. Any other handle sends commands, whoever drives the run.
 */
export interface Run<Result = Json> {
  readonly id: string;
  readonly sessionId: string;
  snapshot(): Promise<RunSnapshot>;
  status(): Promise<RunStatus>;
  /**
   * Each event once, in order: what is stored, then what comes, until the run is over.
   * The events are the reader's own copies.
   */
  events(options?: FollowOptions): AsyncGenerator<Envelope, void, void>;
  /**
   * Records a fact. Resolves when it is durable and shown; on a run that is over it is recorded with
   * `late: true` and changes nothing.
   *
   * Rejects with EVENT_TYPE_UNKNOWN, EVENT_INVALID, EVENT_TOO_LARGE, SEQ_CONFLICT, OWNER_FENCED,
   * VERIFICATION_REQUIRED or APPEND_FAILED; nothing is recorded then.
   */
  record(event: RunEvent, options?: RecordOptions): Promise<Envelope>;
  /** Ends the run with a result. On a run that is over the result is recorded late. */
  complete(result?: Json): Promise<Receipt>;
  /** Ends the run with an error. On a run that is over the error is recorded late. */
  fail(error: unknown): Promise<Receipt>;
  /** Ends the run for good: its signal is aborted before this resolves. On a run that is over nothing happens. */
  cancel(options?: { readonly reason?: string }): Promise<Receipt>;
  /**
   * Waits for the end: the result, or RUN_FAILED (its `cause` is the recorded error) or RUN_CANCELLED.
   * An aborted `signal` rejects with its reason, and leaves the run alone.
   */
  result(options?: { readonly signal?: AbortSignal }): Promise<Result>;
  readonly outputs: RunOutputs;
}

/** What a handle works through. `epoch` is set where the holder drives the run. */
export interface RunPort {
  readonly supervisor: Supervisor;
  readonly runId: string;
  readonly sessionId: string;
  readonly epoch?: number | undefined;
  readonly outputs: RunOutputs;
}

export function createRun<Result>({ supervisor, runId, sessionId, epoch, outputs }: RunPort): Run<Result> {
  const submit = async (event: RunEvent, options: Omit<RunRequest, 'draft'>): Promise<Recorded> =>
    supervisor.submit(runId, { draft: draftEvent(runId, event), ...options });
  const asDriver = epoch === undefined ? {} : { epoch };
  const snapshot = async (): Promise<RunSnapshot> =>
    parseSnapshot((await supervisor.record(runId)).snapshot);

  return {
    id: runId,
    sessionId,
    snapshot,
    status: async () => (await snapshot()).status,
    events: (options) => supervisor.feed.follow(runId, options),
    record: async (event, options = {}) => {
      const { envelope } = await submit(event, { ...asDriver, ...options });
      if (envelope === undefined) throw new TypeError('Expected an envelope, got none');
      return envelope;
    },
    complete: async (result) =>
      receiptOf(await submit({ type: 'run.completed', result: result ?? null }, asDriver)),
    fail: async (error) =>
      receiptOf(await submit({ type: 'run.failed', error: toFailure(error) }, asDriver)),
    // Anybody may cancel, a fenced owner too: it is a command, not the work of the run.
    cancel: async ({ reason } = {}) =>
      receiptOf(await submit({ type: 'run.cancelled', reason: reason ?? null }, { unlessOver: true })),
    result: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      let now = await snapshot();
      if (!isTerminal(now.status)) {
        const afterSeq = now.eventCount;
        for await (const { event } of supervisor.feed.follow(runId, { afterSeq, ...(signal && { signal }) })) {
          void event;
        }
        signal?.throwIfAborted();
        now = await snapshot();
      }
      return resultOf(now) as Result;
    },
    outputs,
  };
}

function receiptOf({ envelope, snapshot }: Recorded): Receipt {
  const { status, eventCount, lateCount } = snapshot;
  if (!isTerminal(status)) throw new TypeError(`Expected a run that is over, got ${status}`);
  if (envelope !== undefined && !envelope.late) return { outcome: status, status, seq: envelope.seq };
  const outcome = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
  // Everything after the event that decided is late, and nothing before it.
  return { outcome, status, seq: eventCount - lateCount };
}

function resultOf({ runId, status, result, error, cancelReason }: RunSnapshot): Json {
  if (status === 'completed') return result;
  if (status === 'failed') {
    throw new RunchartError('RUN_FAILED', `Run ${runId} failed: ${error?.message ?? 'unknown'}`, {
      cause: error,
    });
  }
  if (status === 'cancelled') {
    const why = cancelReason === null ? '' : `: ${cancelReason}`;
    throw new RunchartError('RUN_CANCELLED', `Run ${runId} was cancelled${why}`);
  }
  throw new RunchartError('RUNTIME_CLOSED', `The runtime was closed while run ${runId} was ${status}.`);
}
