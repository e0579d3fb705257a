import {
  draftEvent,
  type FollowOptions,
  type Recorded,
  type RunRequest,
  type Supervisor,
} from './actors/index.ts';
import { checkName } from './check-input.ts';
import { toFailure } from './failure.ts';
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
import type { RunInterrupts } from './run-interrupts.ts';
import type { Checkpoint, CheckpointMeta } from './stores/index.ts';
import { resultOf } from './run-result.ts';
import { assertSameKey } from './same-key.ts';
import type { RunOutputs } from './work/index.ts';

export interface RepeatOptions {
  /** The same key again answers as the first time and records nothing. Unique within the run. */
  readonly idempotencyKey?: string;
}

export interface RecordOptions extends RepeatOptions {
  /** The `seq` seen last; rejects with SEQ_CONFLICT if the log has moved on. */
  readonly expectedSeq?: number;
}

export interface CancelOptions extends RepeatOptions {
  readonly reason?: string;
}

/** The states that a run has kept. */
export interface RunCheckpoints {
  /** In order of super-step, then version. */
  list(): Promise<readonly CheckpointMeta[]>;
  /** The newest version of a super-step. Rejects with CHECKPOINT_NOT_FOUND. */
  load(superStep: number): Promise<Checkpoint>;
  /** undefined when none was kept. */
  latest(): Promise<Checkpoint | undefined>;
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
  /** The epoch under which this handle drives the run; undefined for a handle that only sends commands. */
  readonly epoch: number | undefined;
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
   * VERIFICATION_REQUIRED or APPEND_FAILED, and with STORE_READ_ONLY or STORE_CORRUPT where trying
   * again is no use; nothing is recorded then.
   */
  record(event: RunEvent, options?: RecordOptions): Promise<Envelope>;
  /** Ends the run with a result. On a run that is over the result is recorded late. */
  complete(result?: Json, options?: RepeatOptions): Promise<Receipt>;
  /** Ends the run with an error. On a run that is over the error is recorded late. */
  fail(error: unknown, options?: RepeatOptions): Promise<Receipt>;
  /** Ends the run for good: its signal is aborted before this resolves. On a run that is over nothing happens. */
  cancel(options?: CancelOptions): Promise<Receipt>;
  /**
   * Waits for the end: the result, or RUN_FAILED (its `cause` is an error like the recorded one) or RUN_CANCELLED.
   * An aborted `signal` rejects with its reason, and leaves the run alone.
   */
  result(options?: { readonly signal?: AbortSignal }): Promise<Result>;
  /** Sends something to the code of the run, which gets it by `receive()`. On a run that is over it is late. */
  send(signal: Json, options?: RecordOptions): Promise<Envelope>;
  readonly outputs: RunOutputs;
  readonly checkpoints: RunCheckpoints;
  readonly interrupts: RunInterrupts;
}

/** What the handles of a runtime work through. */
export interface RunPort {
  readonly supervisor: Supervisor;
  outputs(runId: string, epoch: number | undefined): RunOutputs;
  checkpoints(runId: string): RunCheckpoints;
  interrupts(runId: string): RunInterrupts;
}

/** A handle is small and holds no state of the run: a program may keep a hundred thousand of them. */
export class RunHandle<Result> implements Run<Result> {
  readonly id: string;
  readonly sessionId: string;
  readonly epoch: number | undefined;
  readonly #port: RunPort;

  constructor(
    port: RunPort,
    { runId, sessionId }: { readonly runId: string; readonly sessionId: string },
    epoch?: number,
  ) {
    this.id = runId;
    this.sessionId = sessionId;
    this.#port = port;
    this.epoch = epoch;
  }

  get outputs(): RunOutputs {
    return this.#port.outputs(this.id, this.epoch);
  }

  get checkpoints(): RunCheckpoints {
    return this.#port.checkpoints(this.id);
  }

  get interrupts(): RunInterrupts {
    return this.#port.interrupts(this.id);
  }

  /** A command from outside: whoever holds a handle may send. */
  async send(signal: Json, options: RecordOptions = {}): Promise<Envelope> {
    return this.#record({ type: 'signal.received', signal }, options);
  }

  async snapshot(): Promise<RunSnapshot> {
    return parseSnapshot((await this.#port.supervisor.record(this.id)).snapshot);
  }

  async status(): Promise<RunStatus> {
    return (await this.snapshot()).status;
  }

  events(options?: FollowOptions): AsyncGenerator<Envelope, void, void> {
    return this.#port.supervisor.feed.follow(this.id, options);
  }

  async record(event: RunEvent, options: RecordOptions = {}): Promise<Envelope> {
    return this.#record(event, options, this.#asDriver());
  }

  async #record(
    event: RunEvent,
    { idempotencyKey, expectedSeq }: RecordOptions,
    asWhom: Pick<RunRequest, 'epoch'> = {},
  ): Promise<Envelope> {
    const { envelope } = await this.#submit(event, {
      ...asWhom,
      ...keyed(idempotencyKey),
      ...(expectedSeq !== undefined && { expectedSeq }),
    });
    if (envelope === undefined) throw new TypeError('Expected an envelope, got none');
    return envelope;
  }

  async complete(result: Json = null, options: RepeatOptions = {}): Promise<Receipt> {
    return this.#end({ type: 'run.completed', result }, { ...this.#asDriver(), ...options });
  }

  async fail(error: unknown, options: RepeatOptions = {}): Promise<Receipt> {
    const event = { type: 'run.failed', error: toFailure(error) };
    return this.#end(event, { ...this.#asDriver(), ...options });
  }

  /** Anybody may cancel, a fenced owner too: it is a command, not the work of the run. */
  async cancel({ reason, idempotencyKey }: CancelOptions = {}): Promise<Receipt> {
    const event = { type: 'run.cancelled', reason: reason ?? null };
    return this.#end(event, { unlessOver: true, ...keyed(idempotencyKey) });
  }

  async result({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Result> {
    return (await resultOf(this, signal)) as Result;
  }

  async #end(
    event: RunEvent,
    { idempotencyKey, ...asWhom }: Omit<RunRequest, 'draft'>,
  ): Promise<Receipt> {
    const recorded = await this.#submit(event, { ...asWhom, ...keyed(idempotencyKey) });
    const before = recorded.envelope?.event ?? event;
    assertSameKey(this.id, idempotencyKey, { recorded: before, meant: event });
    return receiptOf(recorded);
  }

  async #submit(event: RunEvent, options: Omit<RunRequest, 'draft'>): Promise<Recorded> {
    return this.#port.supervisor.submit(this.id, { draft: draftEvent(this.id, event), ...options });
  }

  #asDriver(): { readonly epoch?: number } {
    return this.epoch === undefined ? {} : { epoch: this.epoch };
  }
}

/** The key of a request, checked; nothing without one. */
export function keyed(idempotencyKey: string | undefined): RepeatOptions {
  if (idempotencyKey === undefined) return {};
  checkName('idempotencyKey', idempotencyKey);
  return { idempotencyKey };
}

function receiptOf({ envelope, snapshot }: Recorded): Receipt {
  const { status, eventCount, lateCount } = snapshot;
  if (!isTerminal(status)) throw new TypeError(`Expected a run that is over, got ${status}`);
  if (envelope !== undefined && !envelope.late)
    return { outcome: status, status, seq: envelope.seq };
  const outcome = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
  // Everything after the event that decided is late, and nothing before it.
  return { outcome, status, seq: eventCount - lateCount };
}
