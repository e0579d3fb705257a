import { type Clock, type Draft, draftEvent, type HostedRun, insist } from '../actors/index.ts';
import { isRunchartError, isStoreFault, RunchartError } from '../errors.ts';
import type { Envelope, RunEvent } from '../machines/index.ts';
import { type AroundStep, doWork, type StepTry } from './around-step.ts';
import type { Desk, OneTry } from './desk.ts';
import type { History } from './history.ts';
import { Inbox } from './inbox.ts';
import { Journal } from './journal.ts';
import { Presence } from './presence.ts';

/** A run is not parked for less than this, in milliseconds: going on again costs reading its log. */
const WORTH_PARKING_MS = 10_000;

export interface AttemptOptions {
  readonly clock: Clock;
  readonly eventsPerRun: number;
  readonly onWarning: (error: RunchartError) => void;
  /** Calls the code of each step, where somebody wants to. */
  readonly aroundStep?: AroundStep | undefined;
}

/** One attempt while its code runs: what its parts share, and what cuts it short. */
export class Attempt {
  /** Aborted when the code has to stop; not when it has ended by itself. */
  readonly signal: AbortSignal;
  readonly desk: Omit<Desk, 'onTry'>;
  /**
   * Resolves with the first thing that ends the attempt while its code still runs, which is not waited
   * for then: the run is parked, out of time, the code is not the one that the log was written by, or
   * the store fails.
   */
  readonly cut: Promise<RunchartError>;
  readonly #run: HostedRun;
  readonly #options: AttemptOptions;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  readonly #cut = Promise.withResolvers<RunchartError>();
  readonly #callOff: () => void;
  #isLarge = false;

  constructor(run: HostedRun, history: History, options: AttemptOptions) {
    const { runId, snapshot } = run;
    const { attempt, deadlineAtMs } = snapshot;
    this.#run = run;
    this.#options = options;
    this.cut = this.#cut.promise;
    this.signal = AbortSignal.any([run.signal, this.#stop.signal]);
    const onChanged = (error: RunchartError): void => this.#cutShort(error);
    this.desk = {
      runId,
      attempt,
      // Whatever is still waited for when the attempt has ended, nobody needs any more.
      signal: AbortSignal.any([this.signal, this.#over.signal]),
      clock: options.clock,
      history,
      journal: new Journal(history.entries, { runId, attempt, clock: options.clock, onChanged }),
      presence: new Presence(options.clock, (wakeAtMs) => void this.#park(wakeAtMs)),
      inbox: new Inbox((afterSeq, signal) => this.#follow(afterSeq, signal), history),
      record: (event, idempotencyKey) => this.#record(event, idempotencyKey),
      durably: (write) => this.#durably(write),
      around: (step, work) => doWork(options.aroundStep, () => this.#aboutTry(step), work),
      tell: (event) => this.#record(event),
    };
    this.#callOff =
      deadlineAtMs === null
        ? () => {}
        : options.clock.at(deadlineAtMs, () => this.#cutShort(tooLate(runId)));
  }

  /** Nobody waits for anything of it any more. */
  end(): void {
    const { runId, attempt, journal, presence, inbox } = this.desk;
    const reason = new RunchartError('RUN_OVER', `Attempt ${attempt} of run ${runId} has ended.`);
    this.#callOff();
    this.#over.abort(reason);
    journal.close(this.signal.aborted ? this.signal.reason : reason);
    presence.end();
    inbox.end();
  }

  /** What comes to the run; a store that fails for a moment is asked again, from where it stood. */
  async *#follow(afterSeq: number, signal: AbortSignal): AsyncGenerator<Envelope, void, void> {
    const from = (seq: number): AsyncIterator<Envelope> =>
      this.#run.follow({ afterSeq: seq, signal })[Symbol.asyncIterator]();
    let seenSeq = afterSeq;
    let events = from(seenSeq);
    for (;;) {
      const next = await this.#durably(async () => {
        try {
          return await events.next();
        } catch (error) {
          events = from(seenSeq);
          throw error;
        }
      });
      if (next.done === true) return;
      seenSeq = next.value.seq;
      yield next.value;
    }
  }

  #aboutTry(step: OneTry): StepTry {
    const { runId, attempt, clock, history } = this.desk;
    const { definition, sessionId } = this.#run.snapshot;
    const about = { runId, sessionId, definition: definition ?? '', attempt };
    return { ...about, ...step, atMs: clock.now(), trace: history.trace };
  }

  #cutShort(reason: RunchartError): void {
    this.#stop.abort(reason);
    this.#cut.resolve(reason);
  }

  async #durably<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await insist(this.#options.clock, write);
    } catch (error) {
      const fault = isRunchartError(error) ? error : storeFailed(this.desk.runId, error);
      // The code did nothing wrong, and must not take another way because of it.
      if (isStoreFault(fault)) this.#cutShort(fault);
      throw fault;
    }
  }

  async #record(event: RunEvent, idempotencyKey?: string): Promise<number> {
    // The same draft each time, so that one that was stored, its answer lost, is not stored twice.
    const draft = draftEvent(this.desk.runId, event);
    return this.#durably(() => this.#submit(draft, idempotencyKey));
  }

  async #submit(draft: Draft, idempotencyKey?: string): Promise<number> {
    const { runId } = this.desk;
    const { eventsPerRun, onWarning } = this.#options;
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const { envelope } = await this.#run.submit({ draft, ...key });
    const seq = envelope?.seq ?? 0;
    if (seq > eventsPerRun && !this.#isLarge) {
      this.#isLarge = true;
      onWarning(largeLog(runId, seq));
    }
    return seq;
  }

  /** Lets go of a run that only waits, unless what it waits for is near or has come. */
  async #park(wakeAtMs: number | null): Promise<void> {
    const { runId, attempt, clock, inbox, presence } = this.desk;
    const wake = earlier(wakeAtMs, this.#run.snapshot.deadlineAtMs);
    if (wake !== null && wake - clock.now() < WORTH_PARKING_MS) return;
    inbox.watch();
    const event = { type: 'attempt.ended', attempt, reason: 'waiting', wakeAtMs: wake };
    try {
      // Everything that came before this seq was looked at: no answer is slept through.
      const expectedSeq = inbox.seenSeq;
      const draft = draftEvent(runId, event);
      const request = { draft, owner: null, expectedSeq, unlessOver: true };
      const { envelope } = await this.#run.submit(request);
      if (envelope === undefined) return;
      this.#cutShort(new RunchartError('RUN_PARKED', `Run ${runId} waits; it goes on later.`));
    } catch {
      presence.look();
    }
  }
}

export function tooLate(runId: string): RunchartError {
  return new RunchartError('RUN_TIMEOUT', `Run ${runId} did not end before its deadline.`);
}

function storeFailed(runId: string, cause: unknown): RunchartError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunchartError('STORE_FAILED', `Writing for run ${runId}: ${why}`, { cause });
}

function largeLog(runId: string, seq: number): RunchartError {
  return new RunchartError(
    'LOG_LARGE',
    `Run ${runId} has ${seq} events by now: every resume reads them all. Give the work out to children.`,
  );
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
