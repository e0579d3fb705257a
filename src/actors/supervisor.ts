import { createActor } from 'xstate';
import { RunchartError } from '../errors.ts';
import { isTerminal, parseSnapshot } from '../machines/index.ts';
import type { RunRecord, StoredEvent, Stores } from '../stores/index.ts';
import { type Begun, beginAttempt } from './begin-attempt.ts';
import { createChartActor, safely } from './chart-actor.ts';
import type { Clock } from './clock.ts';
import { Committer } from './committer.ts';
import { endsRun, type RunRequest } from './decide.ts';
import type { DispatchJob, Hosted, Service, Slot } from './dispatch.ts';
import { type Driving, stopIfLost } from './driving.ts';
import { failAbandoned } from './fail-abandoned.ts';
import type { Recorded } from './flight.ts';
import { getRun } from './get-run.ts';
import { LiveFeed } from './live-feed.ts';
import { OwnLease } from './own-lease.ts';
import { type Queued, QueuedRuns } from './queued-runs.ts';
import { Recovery } from './recovery.ts';
import { RunActor, type RunActorHost } from './run-actor.ts';
import { RunRegistry } from './run-registry.ts';
import { Retries } from './retries.ts';
import { runHooks } from './run-hooks.ts';
import { supervisorMachine } from './supervisor-machine.ts';
import type { SupervisorOptions } from './supervisor-options.ts';
import { withinMs } from './within-ms.ts';

/** The owner of the stores and of all run actors; its own life is a statechart. */
export class Supervisor {
  readonly feed: LiveFeed;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly #options: SupervisorOptions;
  readonly #lifecycle;
  readonly #committer: Committer;
  readonly #driven = new Map<string, Driving>();
  readonly #queued = new QueuedRuns();
  /** Runs that wait here, keeping their turn in their session. */
  readonly #waiting = new Map<string, DispatchJob>();
  readonly #aftermath = new Set<Promise<void>>();
  readonly #retries: Retries;
  readonly #stopping = new AbortController();
  readonly #recovery: Recovery;
  readonly #actors = new RunRegistry((runId) => this.#driven.has(runId));
  readonly #actorHost: RunActorHost;
  #service: Service | undefined;
  readonly #lease: OwnLease;
  #unwatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    const { stores, clock, ids, inspect, onError } = options;
    this.#options = options;
    this.stores = stores;
    this.clock = clock;
    this.feed = new LiveFeed(stores.events, clock);
    this.#committer = new Committer(stores.events);
    this.#lease = new OwnLease(() => stores.events.enlist(ids.owner()));
    this.#lifecycle = createActor(supervisorMachine, {
      id: 'supervisor',
      ...(inspect !== undefined && { inspect: safely(inspect, onError) }),
    });
    this.#actorHost = {
      store: stores.events,
      clock: () => clock.now(),
      eventId: ids.event,
      maxEventBytes: options.maxEventBytes,
      mark: (source) => this.#committer.mark(source),
      chart: (snapshot) => createChartActor(snapshot, inspect, onError),
      onStored: (actor, events) => this.#onStored(actor, events),
      onForeign: (actor) => this.#onForeign(actor),
      onIdle: (actor) => this.#actors.rest(actor),
    };
    this.#retries = new Retries({
      clock,
      signal: this.#stopping.signal,
      retry: (runId) => this.#dispatchAgain(runId),
      onError,
    });
    this.#recovery = new Recovery({
      ...options.recovery,
      store: stores.events,
      clock,
      onError,
      drive: ({ runId, sessionId, epoch }) => {
        if (this.#driven.has(runId)) return;
        this.dispatch({ runId, sessionId, priority: 0 }, { epoch, mayTake: true });
      },
      fail: async (record) => failAbandoned(record, await this.#actor(record.runId)),
    });
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
    try {
      this.#unwatch = this.stores.events.watch((runIds) => this.#onForeignWrites(runIds));
      this.#service = this.#options.dispatch.serve((runId, stop, slot) =>
        this.#drive(runId, stop, slot),
      );
      await this.#recovery.start();
    } catch (error) {
      await this.close(0);
      throw error;
    }
    this.#lifecycle.send({ type: 'runs.recovered' });
  }

  /** The id of this process as an owner. */
  async ownerId(): Promise<string> {
    this.#assertWorking();
    return this.#lease.id();
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

  /** Looks after a while whether a run was created after all, and has it driven here if so. */
  readonly dispatchIfStored = (runId: string): void => void this.#retries.again(runId);

  /** Queues a run for being driven here. */
  dispatch(job: DispatchJob, queued: Queued): void {
    this.#waiting.delete(job.runId);
    this.#queued.add(job.runId, queued);
    this.#options.dispatch.submit(job);
  }

  /** Takes no new runs any more; resolves when those that were taken have ended. */
  async drain(): Promise<void> {
    const drain = { type: 'drain' } as const;
    if (this.#lifecycle.getSnapshot().can(drain)) this.#lifecycle.send(drain);
    await this.#service?.drained();
    await Promise.all(this.#aftermath);
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
    this.#stopping.abort(reason);
    await this.#recovery.stop();
    await withinMs(this.clock, graceMs, this.#service?.stop(reason));
    await withinMs(this.clock, graceMs, Promise.all(this.#aftermath));
    this.feed.close();
    this.#unwatch?.();
    await this.#committer.idle();
    this.#actors.clear();
    try {
      await this.#lease.release();
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
  async #drive(runId: string, stop: AbortSignal, slot: Slot): Promise<Hosted> {
    const controller = new AbortController();
    const onStop = (): void => controller.abort(stop.reason);
    stop.addEventListener('abort', onStop);
    let isFaulty = false;
    try {
      const begun = await this.#begin(runId, controller);
      if (typeof begun === 'string') return begun;
      const { snapshot, sessionId, ownerId, epoch, driving } = begun;
      const submit = async (request: RunRequest): Promise<Recorded> => {
        this.assertOpen();
        return (await this.#actor(runId)).submit({ epoch, ...request });
      };
      const finish = (request: RunRequest): Promise<Recorded> => {
        driving.isFinishing = true;
        return submit(request);
      };
      const performed = await this.#options.perform({
        runId,
        sessionId,
        ownerId,
        snapshot,
        epoch,
        signal: controller.signal,
        submit,
        finish,
        follow: (options) => this.feed.follow(runId, options),
        lend: () => slot.lend(),
      });
      if (performed === 'waiting') return this.#wait(runId, sessionId);
    } catch (error) {
      isFaulty = true;
      this.#options.onError(error);
    } finally {
      stop.removeEventListener('abort', onStop);
      this.#driven.delete(runId);
    }
    if (isFaulty) void this.#retries.again(runId);
    else this.#retries.done(runId);
    return 'released';
  }

  /** Begins the next attempt of a run, and watches from then on whether it is still ours. */
  async #begin(
    runId: string,
    controller: AbortController,
  ): Promise<Hosted | (Begun & { readonly driving: Driving })> {
    const [ownerId, record, actor] = await Promise.all([
      this.ownerId(),
      this.record(runId),
      this.#actor(runId),
    ]);
    const { clock, ids, recovery } = this.#options;
    const begun = await beginAttempt(record, {
      store: this.stores.events,
      actor,
      ownerId,
      queued: this.#queued.take(runId),
      canDrive: recovery.canDrive,
      clock,
      id: ids.event,
    });
    if (begun === 'waiting') return this.#wait(runId, record.sessionId);
    if (typeof begun === 'string') return begun;
    const driving: Driving = { controller, epoch: begun.epoch, isFinishing: false };
    this.#driven.set(runId, driving);
    // It may have been cancelled, or taken, before it was known here that it is driven.
    this.#stopIfLost(actor);
    return { ...begun, driving };
  }

  #wait(runId: string, sessionId: string): Hosted {
    // In a session of its own it stands in nobody's way, and nothing is kept of it.
    if (sessionId !== runId) this.#waiting.set(runId, { runId, sessionId, priority: 0 });
    // What it waits for may have come before it was known here that it waits.
    this.#recovery.poke();
    return 'waiting';
  }

  async #dispatchAgain(runId: string): Promise<void> {
    const record = await this.stores.events.get(runId);
    if (record === undefined) return this.#retries.done(runId);
    const { snapshot, sessionId, epoch } = record;
    if (isTerminal(parseSnapshot(snapshot).status)) return;
    this.dispatch({ runId, sessionId, priority: 0 }, { epoch, mayTake: true });
  }

  #onStored(actor: RunActor, events: readonly StoredEvent[]): void {
    this.#actors.keep(actor);
    this.feed.publish(actor.runId, events);
    this.#stopIfLost(actor);
    const { snapshot, runId } = actor;
    if (snapshot === undefined) return;
    if (snapshot.waiting?.wakeAtMs != null) this.#recovery.poke();
    if (!events.some(({ type, late }) => !late && endsRun(type))) return;
    this.#wakeLane(runId);
    runHooks(snapshot, this.#options);
    const after = this.#options.onOver(snapshot).finally(() => this.#aftermath.delete(after));
    this.#aftermath.add(after);
  }

  #onForeign(actor: RunActor): void {
    this.feed.poke(actor.runId);
    this.#stopIfLost(actor);
  }

  #onForeignWrites(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (this.#driven.has(runId)) this.#actors.get(runId)?.refresh();
      this.#wakeLane(runId);
      this.feed.poke(runId);
    }
    this.#recovery.poke();
  }

  /** Something happened to a run that waits here: its lane has to look at it again. */
  #wakeLane(runId: string): void {
    const job = this.#waiting.get(runId);
    if (job === undefined) return;
    this.#waiting.delete(runId);
    this.#options.dispatch.submit(job);
  }

  #stopIfLost({ runId, snapshot }: RunActor): void {
    const driving = this.#driven.get(runId);
    if (driving !== undefined && snapshot !== undefined) stopIfLost(driving, snapshot);
  }
}
