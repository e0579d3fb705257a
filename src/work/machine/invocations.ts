import { isRunchartError, RunchartError } from '../../errors.ts';
import { type Json, jsonProblem } from '../../json.ts';
import type { RunEvent } from '../../machines/index.ts';
import type { Desk } from '../desk.ts';
import { toFailure } from '../../failure.ts';
import type { Entry, Outcome } from '../history.ts';
import { createInterrupt } from '../interrupts.ts';
import { Journal } from '../journal.ts';
import type { InterruptQuestion } from './from-interrupt.ts';
import type { Invoked } from './kept.ts';
import { type AnyActorLogic, runPromise } from './xstate.ts';

/** What is run for an invocation. */
export interface Work {
  readonly logic: AnyActorLogic;
  readonly input: unknown;
}

/** One that this attempt has begun. */
interface Running {
  readonly stop: AbortController;
  /** Its end is being recorded. */
  isEnding: boolean;
}

/** Why the code of an invocation is told to stop though the run goes on. */
class LeftError extends Error {
  override readonly name = 'AbortError';
}

/**
 * The promises that the machine has invoked. Each is a step: its end is in the log before the machine
 * hears of it, and an attempt that comes later does not run it again. One whose end was not recorded is
 * run again.
 */
export class Invocations {
  readonly #desk: Desk;
  readonly #running = new Map<string, Running>();
  readonly #outcomes = new Map<string, Outcome>();
  /** Ids in the log of those that have ended, in that order, for the machine to hear of. */
  readonly #ended: string[] = [];
  readonly #changed: () => void;
  #fault: { readonly error: unknown } | undefined;

  /** `changed` is called when one has ended. */
  constructor(desk: Desk, changed: () => void) {
    this.#desk = desk;
    this.#changed = changed;
  }

  /** The one that ended first, of those that the machine still waits for. Throws when an end was not recorded. */
  next(invoked: readonly Invoked[]): Invoked | undefined {
    if (this.#fault !== undefined) throw this.#fault.error;
    const ended = this.#ended.find((id) => invoked.some(({ entryId }) => entryId === id));
    return invoked.find(({ entryId }) => entryId === ended);
  }

  /** How it ended: in this attempt, or as the log tells. */
  outcome(entryId: string): Outcome | undefined {
    return this.#outcomes.get(entryId) ?? this.#desk.history.entries.get(entryId)?.outcome;
  }

  /** The machine has heard of it. */
  forget(entryId: string): void {
    this.#running.delete(entryId);
    this.#outcomes.delete(entryId);
    const at = this.#ended.indexOf(entryId);
    if (at !== -1) this.#ended.splice(at, 1);
  }

  /** Begins whatever of these is not under way, and has not ended. */
  begin(invoked: readonly Invoked[], workOf: (id: string) => Work): void {
    const { entries } = this.#desk.history;
    const isNew = invoked.filter(
      ({ entryId }) => !this.#running.has(entryId) && !this.#ended.includes(entryId),
    );
    const endedAt = ({ entryId }: Invoked): number => entries.get(entryId)?.endedAt ?? Infinity;
    for (const one of isNew.toSorted((a, b) => order(endedAt(a), endedAt(b)))) {
      if (this.outcome(one.entryId) === undefined) this.#run(one, workOf(one.id));
      else this.#ended.push(one.entryId);
    }
  }

  /** The machine has left the state: the code is told to stop, and what it still answers is dropped. */
  async leave({ id, entryId, kind }: Invoked, key: string): Promise<void> {
    const running = this.#running.get(entryId);
    const reason = new LeftError(`The machine has left the state that invoked ${id}.`);
    running?.stop.abort(reason);
    const hasBegun = running !== undefined || this.#desk.history.entries.has(entryId);
    const hasEnded = running?.isEnding === true || this.outcome(entryId) !== undefined;
    this.forget(entryId);
    if (!hasBegun || hasEnded) return;
    const { tries } = this.#desk.history.entries.get(entryId) ?? { tries: 0 };
    const event: RunEvent =
      kind === 'interrupt'
        ? { type: 'interrupt.resolved', interruptId: entryId, outcome: 'expired' }
        : {
            type: 'step.failed',
            stepId: entryId,
            name: id,
            error: toFailure(reason),
            tries: tries + 1,
          };
    try {
      await this.#desk.record(event, key);
    } catch (error) {
      // Answered, or asked for, while it was left.
      if (kind !== 'interrupt' || !isRunchartError(error, 'INTERRUPT_SETTLED')) throw error;
    }
  }

  #run(one: Invoked, work: Work): void {
    const running: Running = { stop: new AbortController(), isEnding: false };
    this.#running.set(one.entryId, running);
    const over =
      one.kind === 'interrupt' ? this.#ask(one, work, running) : this.#step(one, work, running);
    over.then(
      (outcome) => {
        if (outcome === undefined || this.#running.get(one.entryId) !== running) return;
        this.#outcomes.set(one.entryId, outcome);
        this.#ended.push(one.entryId);
        this.#changed();
      },
      (error: unknown) => {
        if (this.#running.get(one.entryId) !== running) return;
        this.#fault ??= { error };
        this.#changed();
      },
    );
  }

  /** undefined: it was told to stop. */
  async #step(
    { id, entryId }: Invoked,
    { logic, input }: Work,
    running: Running,
  ): Promise<Outcome | undefined> {
    const { record, presence, history, signal: attempt } = this.#desk;
    const about = { stepId: entryId, name: id };
    const signal = AbortSignal.any([attempt, running.stop.signal]);
    return presence.working(async () => {
      await record({ type: 'step.started', ...about });
      // Of what was cancelled while the start was recorded, nothing is done.
      if (signal.aborted) return undefined;
      const tries = (history.entries.get(entryId)?.tries ?? 0) + 1;
      const fail = async (error: unknown): Promise<Outcome> => {
        const failure = toFailure(error);
        await record({ type: 'step.failed', ...about, error: failure, tries });
        return { ok: false, error: failure };
      };
      let result: unknown;
      try {
        result = await runPromise(logic, id, input, signal);
        if (signal.aborted) return undefined;
        const flaw = result === undefined ? undefined : jsonProblem(result, 'result');
        if (flaw !== undefined) throw notJson(this.#desk.runId, entryId, flaw);
      } catch (error) {
        if (signal.aborted) return undefined;
        running.isEnding = true;
        return fail(error);
      }
      running.isEnding = true;
      const value = (result ?? null) as Json;
      try {
        await record({ type: 'step.completed', ...about, result: value });
      } catch (error) {
        if (!isRunchartError(error, 'EVENT_TOO_LARGE')) throw error;
        return fail(error);
      }
      return { ok: true, value };
    });
  }

  async #ask(
    { id, entryId, occurrence }: Invoked,
    { input }: Work,
    { stop }: Running,
  ): Promise<Outcome | undefined> {
    const { runId, attempt, history, clock } = this.#desk;
    const signal = AbortSignal.any([this.#desk.signal, stop.signal]);
    const known = history.entries.get(entryId);
    const entries = new Map<string, Entry>(known === undefined ? [] : [[entryId, known]]);
    // Nothing else is asked of it, so that it has no order to hold anybody to.
    const journal = new Journal(entries, { runId, attempt, clock, onChanged: () => {} });
    for (let n = 1; n < occurrence; n += 1) journal.number(id);
    const interrupt = createInterrupt({ ...this.#desk, signal, journal });
    try {
      const value = await interrupt({ ...(input as InterruptQuestion), name: id });
      return { ok: true, value };
    } catch (error) {
      if (signal.aborted) return undefined;
      // Any other error is not in the log, for an attempt that comes later to go by.
      if (!isRunchartError(error, 'INTERRUPT_EXPIRED')) throw error;
      return { ok: false, error: toFailure(error) };
    }
  }
}

function order(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function notJson(runId: string, stepId: string, flaw: string): RunchartError {
  return new RunchartError(
    'STEP_RESULT_INVALID',
    `Step ${stepId} of run ${runId}: ${flaw}. Return JSON, and keep everything else in outputs.`,
  );
}
