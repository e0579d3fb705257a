import { createActor, type InspectionEvent } from 'xstate';
import { RunchartError } from '../errors.ts';
import { isTerminal, type RunSnapshot } from '../machines/index.ts';
import type { OwnerLease, RunRecord, StoredEvent, Stores } from '../stores/index.ts';
import { createChartActor, safely } from './chart-actor.ts';
import { Committer } from './committer.ts';
import { endsRun, type RunRequest } from './decide.ts';
import type { Dispatch, DispatchJob, Hosted, Service } from './dispatch.ts';
import type { Recorded } from './flight.ts';
import { getRun, takenOver } from './get-run.ts';
import { LiveFeed } from './live-feed.ts';
import { RunActor, type RunActorHost } from './run-actor.ts';
import { RunRegistry } from './run-registry.ts';
import { supervisorMachine } from './supervisor-machine.ts';

/** Where ids come from; they MUST be unique in the store. */
export interface Ids {
  readonly run: () => string;
  readonly event: () => string;
  readonly output: () => string;
  readonly owner: () => string;
}

/** Told what happened to runs, once it is durable. What they throw or reject with goes to `onError`. */
export interface Hooks {
  /** Once per run, in the runtime whose event ended it. */
  readonly onTerminal?: (snapshot: RunSnapshot) => unknown;
  /** Once per cancelled run, in the runtime whose cancel was the one that counted. */
  readonly onCancelled?: (snapshot: RunSnapshot) => unknown;
}

/** A run that is driven here: how its work reaches the log, and when it has to stop. */
export interface HostedRun {
  readonly runId: string;
  readonly sessionId: string;
  readonly ownerId: string;
  /** The run when driving began. */
  readonly snapshot: RunSnapshot;
  /** Aborted when the run is over, was taken over, or the runtime closes. */
  readonly signal: AbortSignal;
  submit(request: RunRequest): Promise<Recorded>;
  /** Sends the last word of the work itself. That it ends the run does not abort the signal. */
  finish(request: RunRequest): Promise<Recorded>;
}

export interface SupervisorOptions {
  readonly stores: Stores;
  readonly dispatch: Dispatch;
  readonly clock: () => number;
  readonly ids: Ids;
  /** Does the work of a run that is driven here. */
  readonly perform: (run: HostedRun) => Promise<void>;
  readonly hooks: Hooks;
  /** Hears of faults in the caller's own code (inspector, hooks) and of work that was not recorded. */
  readonly onError: (error: unknown) => void;
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
}

interface Driving {
  readonly controller: AbortController;
  readonly epoch: number;
  /** The work has said its last word. */
  isFinishing: boolean;
}

/** The owner of the stores and of all run actors; its own life is a statechart. */
export class Supervisor {
  readonly feed: LiveFeed;
  readonly stores: Stores;
  readonly #options: SupervisorOptions;
  readonly #lifecycle;
  readonly #committer: Committer;
  readonly #driven = new Map<string, Driving>();
  /** The epochs under which runs were queued here: one that was claimed meanwhile is not driven. */
  readonly #queued = new Map<string, number>();
  readonly #actors = new RunRegistry((runId) => this.#driven.has(runId));
  readonly #actorHost: RunActorHost;
  #service: Service | undefined;
  #lease: Promise<OwnerLease> | undefined;
  #unwatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    const { stores, clock, ids, inspect, onError } = options;
    this.#options = options;
    this.stores = stores;
    this.feed = new LiveFeed(stores.events);
    this.#committer = new Committer(stores.events);
    this.#lifecycle = createActor(supervisorMachine, {
      id: 'supervisor',
      ...(inspect !== undefined && { inspect: safely(inspect, onError) }),
    });
    this.#actorHost = {
      store: stores.events,
      clock,
      eventId: ids.event,
      mark: (source) => this.#committer.mark(source),
      chart: (snapshot) => createChartActor(snapshot, inspect, onError),
      onStored: (actor, events) => this.#onStored(actor, events),
      onForeign: (actor) => this.#onForeign(actor),
      onIdle: (actor) => this.#actors.rest(actor),
    };
  }

  /** opening, recovering, running, draining, closing or closed. */
  get status(): string {
    return this.#lifecycle.getSnapshot().value;
  }

  async open(): Promise<void> {
    this.#lifecycle.start();
    try {
      await this.stores.open();
    } catch (error) {
      this.#lifecycle.send({ type: 'failed' });
      throw error;
    }
    this.#lifecycle.send({ type: 'stores.opened' });
    this.#unwatch = this.stores.events.watch((runIds) => this.#onForeignWrites(runIds));
    this.#service = this.#options.dispatch.serve((runId, stop) => this.#drive(runId, stop));
    this.#lifecycle.send({ type: 'runs.recovered' });
  }

  /** Registers as an owner at the first need of it, so that those who only read leave no trace. */
  async ownerId(): Promise<string> {
    if (this.#lease === undefined) {
      this.#assertWorking();
      this.#lease = this.stores.events.enlist(this.#options.ids.owner());
      // A failure is not kept: the next one in need tries again.
      this.#lease.catch(() => {
        this.#lease = undefined;
      });
    }
    return (await this.#lease).ownerId;
  }

  /** Creates a run; with a key that was used before, answers the run of that time. */
  async create(
    ids: { readonly runId: string; readonly sessionId: string },
    request: RunRequest,
  ): Promise<Recorded> {
    if (!this.#lifecycle.getSnapshot().hasTag('accepting')) throw this.#closedError();
    return new RunActor(this.#actorHost, ids).submit(request);
  }

  /** Sends a request to a run, whoever drives it. */
  async submit(runId: string, request: RunRequest): Promise<Recorded> {
    this.#assertWorking();
    return (await this.#actor(runId)).submit(request);
  }

  /** What the store has of a run. Rejects with RUN_NOT_FOUND. */
  async record(runId: string): Promise<RunRecord> {
    this.assertOpen();
    return getRun(this.stores.events, runId);
  }

  /** Queues a run for being driven here under an epoch. */
  dispatch(job: DispatchJob, epoch: number): void {
    this.#queued.set(job.runId, epoch);
    this.#options.dispatch.submit(job);
  }

  /** Takes no new runs any more; resolves when those that were taken have ended. */
  async drain(): Promise<void> {
    this.#lifecycle.send({ type: 'drain' });
    await this.#service?.drained();
    await this.#committer.idle();
  }

  /** Aborts what is driven, waits up to `graceMs` for it to end, and lets the stores go. */
  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    if (this.status === 'closed') return;
    this.#lifecycle.send({ type: 'close' });
    const reason = new RunchartError('RUNTIME_CLOSED', 'The runtime is closing; stop working.');
    await withinMs(graceMs, this.#service?.stop(reason));
    this.feed.close();
    this.#unwatch?.();
    await this.#committer.idle();
    this.#actors.clear();
    try {
      await (await this.#lease?.catch(() => undefined))?.release();
    } finally {
      await this.stores.close().finally(() => this.#lifecycle.send({ type: 'stores.closed' }));
    }
  }

  assertOpen(): void {
    if (this.status === 'closed') throw this.#closedError();
  }

  #assertWorking(): void {
    if (!this.#lifecycle.getSnapshot().hasTag('working')) throw this.#closedError();
  }

  #closedError(): RunchartError {
    return new RunchartError(
      'RUNTIME_CLOSED',
      `This runtime is ${this.status} and takes no such call any more; create another one.`,
    );
  }

  async #actor(runId: string): Promise<RunActor> {
    const known = this.#actors.get(runId);
    if (known !== undefined) return known;
    const record = await this.record(runId);
    return this.#actors.keep(new RunActor(this.#actorHost, record, record));
  }

  /** Hosts a run: never rejects, and leaves alone what is over or not its own. */
  async #drive(runId: string, stop: AbortSignal): Promise<Hosted> {
    const controller = new AbortController();
    const { signal } = controller;
    const onStop = (): void => controller.abort(stop.reason);
    stop.addEventListener('abort', onStop);
    try {
      const [ownerId, actor] = await Promise.all([this.ownerId(), this.#actor(runId)]);
      const { snapshot, sessionId } = actor;
      if (snapshot === undefined || isTerminal(snapshot.status)) return 'terminal';
      const { epoch } = snapshot;
      const isOurs = actor.owner === ownerId && epoch === (this.#queued.get(runId) ?? epoch);
      if (!isOurs) return 'fenced';
      const driving: Driving = { controller, epoch, isFinishing: false };
      this.#driven.set(runId, driving);
      const submit = async (request: RunRequest): Promise<Recorded> => {
        this.assertOpen();
        return (await this.#actor(runId)).submit({ epoch, ...request });
      };
      const finish = (request: RunRequest): Promise<Recorded> => {
        driving.isFinishing = true;
        return submit(request);
      };
      await this.#options.perform({ runId, sessionId, ownerId, snapshot, signal, submit, finish });
    } catch (error) {
      this.#options.onError(error);
    } finally {
      stop.removeEventListener('abort', onStop);
      this.#driven.delete(runId);
      this.#queued.delete(runId);
    }
    return 'released';
  }

  #onStored(actor: RunActor, events: readonly StoredEvent[]): void {
    this.#actors.keep(actor);
    this.feed.publish(actor.runId, events);
    this.#stopIfLost(actor);
    const ended = events.some(({ type, late }) => !late && endsRun(type));
    if (ended && actor.snapshot !== undefined) this.#runHooks(actor.snapshot);
  }

  #onForeign(actor: RunActor): void {
    this.feed.poke(actor.runId);
    this.#stopIfLost(actor);
  }

  #onForeignWrites(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (this.#driven.has(runId)) this.#actors.get(runId)?.refresh();
      this.feed.poke(runId);
    }
  }

  /** Work on a run that is over or was taken over has to stop. */
  #stopIfLost({ runId, snapshot }: RunActor): void {
    const driving = this.#driven.get(runId);
    if (driving === undefined || snapshot === undefined) return;
    if (isTerminal(snapshot.status)) {
      // Work that has said its last word ends by it, unless a cancel came first.
      if (driving.isFinishing && snapshot.status !== 'cancelled') return;
      driving.controller.abort(overError(snapshot));
    } else if (snapshot.epoch !== driving.epoch) {
      driving.controller.abort(takenOver(runId));
    }
  }

  #runHooks(snapshot: RunSnapshot): void {
    const { hooks, onError } = this.#options;
    const run = async (hook: ((snapshot: RunSnapshot) => unknown) | undefined): Promise<void> => {
      try {
        // A copy for each: what a hook does to it changes no run.
        await hook?.(structuredClone(snapshot));
      } catch (error) {
        onError(error);
      }
    };
    if (snapshot.status === 'cancelled') void run(hooks.onCancelled);
    void run(hooks.onTerminal);
  }
}

/** Why work on a run that is over has to stop: the abort reason of its signal. */
function overError({ runId, status, cancelReason }: RunSnapshot): RunchartError {
  if (status !== 'cancelled') return new RunchartError('RUN_OVER', `Run ${runId} is ${status}.`);
  const why = cancelReason === null ? '' : `: ${cancelReason}`;
  return new RunchartError('RUN_CANCELLED', `Run ${runId} was cancelled${why}`);
}

/** Waits for `work`, but not longer than `ms`. */
async function withinMs(ms: number, work: Promise<void> | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, work]);
  clearTimeout(timer);
}
