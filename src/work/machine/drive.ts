import { until } from '../../actors/index.ts';
import { RunchartError } from '../../errors.ts';
import { canonicalJson, type Json, jsonProblem } from '../../json.ts';
import type { RunEvent } from '../../machines/index.ts';
import type { Desk } from '../desk.ts';
import {
  type Chart,
  checkJson,
  createChart,
  type Effect,
  keptOf,
  type KeptSnapshot,
  type Transition,
} from './chart.ts';
import { endEvent, labelOf, logged, shown, signalEvent } from './events.ts';
import { isInterruptLogic } from './from-interrupt.ts';
import type { Insides } from './insides.ts';
import { Invocations } from './invocations.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { type Cause, consume, type Invoked, type Kept, NOTHING_KEPT } from './kept.ts';
import { moved } from './moved.ts';
import { unsupported } from './unsupported.ts';
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from './xstate.ts';

/** What was decided about an event, as the log has it. */
interface Decision extends RunEvent {
  readonly type: 'machine.transitioned' | 'machine.ignored';
  /** Counted from 0. */
  readonly n: number;
  readonly cause: Cause;
  /** Of a transition: when it was decided on, and the state that it led to. */
  readonly atMs?: number;
  readonly to?: Json;
}

/** Runs a machine until it is done; answers its output. */
export function driveMachine(
  machine: AnyStateMachine,
  insides: Insides,
): Promise<Json | undefined> {
  return new MachineDriver(machine, insides).run();
}

/**
 * One machine in one attempt of its run.
 *
 * Each event that it takes goes the same way: it is decided on by XState's pure transition function,
 * the decision is recorded, its actions are executed, the next state is kept by a checkpoint, and what
 * it invokes begins. Whoever comes after a crash begins with the last checkpoint, and finds in the log
 * what was decided since, by which event and when: the same decision is made again, and what follows
 * it is done again.
 */
class MachineDriver {
  readonly #machine: AnyStateMachine;
  readonly #desk: Desk;
  readonly #chart: Chart;
  readonly #keeper: Keeper;
  readonly #invocations: Invocations;
  #snapshot: AnyMachineSnapshot | undefined;
  #kept: Kept = NOTHING_KEPT;
  /** What actions send by `self.send`; undefined while none are executed. */
  #sent: Json[] | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(machine: AnyStateMachine, insides: Insides) {
    this.#machine = machine;
    this.#desk = insides.desk;
    this.#chart = createChart(machine, (event) => this.#send(event));
    this.#keeper = createKeeper(insides);
    this.#invocations = new Invocations(insides.desk, () => this.#tell());
  }

  async run(): Promise<Json | undefined> {
    const { presence, journal, history, signal } = this.#desk;
    // What the log has is gone on from here by checkpoint and decisions, and not asked for again.
    journal.skipTo(Infinity);
    await presence.working(() => this.#restore());
    const done = this.#kept.decisions;
    const decided = (history.decisions as unknown as readonly Decision[]).filter(
      ({ n }) => n >= done,
    );
    for (const decision of decided)
      await presence.working(() => this.#decide(decision.cause, decision));
    while (this.#kept.status !== 'done') {
      signal.throwIfAborted();
      const cause = await this.#nextCause();
      await presence.working(() => this.#decide(cause));
    }
    return this.#kept.output;
  }

  async #restore(): Promise<void> {
    const { history, runId } = this.#desk;
    const saved = await this.#keeper.restore();
    if (saved !== undefined) {
      this.#kept = saved.kept;
      this.#restoreSnapshot(saved.context);
    } else if (history.decisions.length === 0 && history.entries.size > 0) {
      throw this.#changedError(`the log of run ${runId} has steps, and no machine`);
    }
  }

  #restoreSnapshot(context: Readonly<Record<string, Json>>): void {
    try {
      this.#snapshot = this.#chart.restore(this.#kept, context);
    } catch (error) {
      throw this.#changedError(`its state ${labelOf(this.#kept.value)} is not to be found`, error);
    }
  }

  /** Waits for the next event. What the run waits for here may take years: then it is parked. */
  async #nextCause(): Promise<Cause> {
    const { presence, clock, inbox, signal: attempt } = this.#desk;
    if (this.#snapshot === undefined) return { from: 'start' };
    const snapshot = this.#snapshot;
    this.#invocations.begin(this.#kept.invoked, (id) => this.#chart.invoked(snapshot, id));
    for (;;) {
      const cause = this.#ready();
      if (cause !== undefined) return cause;
      const { signals, timers } = this.#kept;
      const wakeAtMs = timers.length === 0 ? null : Math.min(...timers.map(({ atMs }) => atMs));
      const enough = new AbortController();
      const signal = AbortSignal.any([attempt, enough.signal]);
      const waits = [
        this.#changed.promise,
        inbox.signal(signals, signal).then(() => {}),
        ...(wakeAtMs === null ? [] : [until(clock, wakeAtMs, signal)]),
      ];
      // Those that are not waited for any more reject.
      for (const wait of waits) wait.catch(() => {});
      try {
        await presence.waiting(wakeAtMs, () => Promise.race(waits));
      } finally {
        enough.abort();
      }
    }
  }

  /** The event to take first, of those that are there. */
  #ready(): Cause | undefined {
    const { clock, inbox } = this.#desk;
    const { mail, invoked, timers, signals } = this.#kept;
    if (mail.length > 0) return { from: 'mail' };
    const ended = this.#invocations.next(invoked);
    if (ended !== undefined) return { from: 'invoked', entryId: ended.entryId };
    const [timer] = timers.toSorted((a, b) => a.atMs - b.atMs);
    const received = inbox.received(signals);
    const isDue = timer !== undefined && timer.atMs <= clock.now();
    // What was sent after the timer was due comes after it, also when nobody was there at the time.
    if (isDue && (received === undefined || timer.atMs <= received.atMs)) {
      return { from: 'timer', key: timer.key };
    }
    return received === undefined ? undefined : { from: 'signal', index: signals };
  }

  /** `decided`: what the log has about it. */
  async #decide(cause: Cause, decided?: Decision): Promise<void> {
    const n = this.#kept.decisions;
    if (decided !== undefined && decided.n !== n) throw this.#notThat(decided);
    const event = this.#eventOf(cause);
    const transition = this.#transition(cause, event);
    const from = n === 0 ? null : this.#kept.value;
    this.#kept = consume(this.#kept, cause);
    if (cause.from === 'invoked') this.#invocations.forget(cause.entryId);
    const about = { n, event: shown(event), cause };
    if (transition === undefined) {
      await this.#record({ type: 'machine.ignored', ...about }, decided);
    } else {
      const atMs = decided?.atMs ?? this.#desk.clock.now();
      await this.#move(transition, { ...about, from, atMs }, decided);
    }
  }

  async #move(
    { snapshot, effects }: Transition,
    about: { readonly n: number; readonly atMs: number } & Readonly<Record<string, unknown>>,
    decided: Decision | undefined,
  ): Promise<void> {
    const { n } = about;
    const kindOf = (id: string): Invoked['kind'] =>
      isInterruptLogic(this.#chart.invoked(snapshot, id).logic) ? 'interrupt' : 'step';
    const { kept, left } = moved(this.#kept, this.#checked(snapshot), effects, about, kindOf);
    // Copied before any action can change it.
    const copy = this.#keeper.own(kept, snapshot.context as object);
    const to = copy.kept.value;
    await this.#record({ type: 'machine.transitioned', ...about, to }, decided);
    for (const [i, one] of left.entries())
      await this.#invocations.leave(one, `machine ${n} left ${i}`);
    const sent = await this.#execute(effects, n);
    this.#desk.signal.throwIfAborted();
    const mail = sent.length === 0 ? copy.kept.mail : [...copy.kept.mail, ...sent];
    const saved = await this.#keeper.save({ ...copy.kept, mail }, copy.context, labelOf(to));
    this.#kept = saved.kept;
    this.#restoreSnapshot(saved.context);
  }

  /** What was decided before is not recorded again; it MUST be what is decided now. */
  async #record(event: RunEvent, decided: Decision | undefined): Promise<void> {
    if (decided === undefined) {
      await this.#desk.record(event, `machine ${String(event['n'])}`);
      return;
    }
    const isSame =
      decided.type === event.type &&
      canonicalJson(decided.to ?? null) === canonicalJson(event['to'] ?? null);
    if (!isSame) throw this.#notThat(decided);
  }

  /** One after the other; one that answers a promise is waited for. Answers what they sent to the machine. */
  async #execute(effects: readonly Effect[], n: number): Promise<readonly Json[]> {
    const { record, signal } = this.#desk;
    const sent: Json[] = [];
    this.#sent = sent;
    try {
      for (const [i, effect] of effects.entries()) {
        signal.throwIfAborted();
        const key = `machine ${n} action ${i}`;
        if (effect.kind === 'act') await effect.act();
        else if (effect.kind === 'emit')
          await record({ type: 'machine.emitted', event: effect.event }, key);
        else if (effect.kind === 'log') await record(logEvent(effect), key);
      }
    } finally {
      this.#sent = undefined;
    }
    return sent;
  }

  #send(event: EventObject): void {
    const { id } = this.#machine;
    if (this.#sent === undefined) {
      throw unsupported(
        id,
        'self.send is for actions, while they are executed; later on use run.send',
      );
    }
    checkJson(id, event, 'what self.send was given');
    this.#sent.push(structuredClone(event));
  }

  #checked(snapshot: AnyMachineSnapshot): KeptSnapshot {
    const kept = keptOf(this.#machine, snapshot);
    const flaw = kept.output === undefined ? undefined : jsonProblem(kept.output, 'output');
    if (flaw !== undefined) {
      throw new RunchartError(
        'EVENT_INVALID',
        `Run ${this.#desk.runId}: ${flaw}. The output of a machine is its result, and has to be JSON.`,
      );
    }
    checkJson(this.#machine.id, snapshot.context, 'context');
    return kept;
  }

  /** undefined: the machine has nothing to do on it, or it is no event at all. */
  #transition(cause: Cause, event: Json | EventObject): Transition | undefined {
    if (this.#snapshot === undefined) return this.#chart.begin(this.#desk.history.input);
    const known = cause.from === 'signal' ? signalEvent(event) : (event as EventObject);
    return known && this.#chart.next(this.#snapshot, known);
  }

  #eventOf(cause: Cause): Json | EventObject {
    const { inbox } = this.#desk;
    const { mail, timers, invoked } = this.#kept;
    switch (cause.from) {
      case 'start':
        return { type: 'xstate.init' };
      case 'mail':
        return mail[0] ?? this.#lost(cause);
      case 'signal':
        return (inbox.received(cause.index) ?? this.#lost(cause)).signal;
      case 'timer':
        return (timers.find(({ key }) => key === cause.key) ?? this.#lost(cause)).event;
      case 'invoked': {
        const one = invoked.find(({ entryId }) => entryId === cause.entryId) ?? this.#lost(cause);
        return endEvent(one, this.#invocations.outcome(cause.entryId) ?? this.#lost(cause));
      }
      default:
        return cause satisfies never;
    }
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }

  #lost(cause: Cause): never {
    throw this.#changedError(`what it decided on is not to be found: ${JSON.stringify(cause)}`);
  }

  #notThat({ n, type, to }: Decision): RunchartError {
    const what = to === undefined ? type : `${type} to ${labelOf(to)}`;
    return this.#changedError(`its decision ${n} was ${what}, and is not any more`);
  }

  #changedError(what: string, cause?: unknown): RunchartError {
    const { runId, attempt } = this.#desk;
    return new RunchartError(
      'DEFINITION_CHANGED',
      `Machine ${this.#machine.id} of run ${runId}, attempt ${attempt}: ${what}. The definition has ` +
        'changed since; give it another "version", and keep the one that the run began with for it.',
      cause === undefined ? {} : { cause },
    );
  }
}

function logEvent({ label, value }: Extract<Effect, { kind: 'log' }>): RunEvent {
  const data = logged(value);
  const [message, rest] =
    typeof data === 'string' && label === undefined ? [data, {}] : [label ?? '', { data }];
  return { type: 'log', level: 'info', message, ...rest };
}
