import { createActor } from 'xstate';
import { RunchartError } from '../errors.ts';
import { isTerminal, parseSnapshot, type RunStatus } from '../machines/index.ts';
import type { RunRecord, StoredEvent, Stores } from '../stores/index.ts';
import { createChartActor, safely } from './chart-actor.ts';
import type { Clock } from './clock.ts';
import { Committer } from './committer.ts';
import { endsRun, type RunRequest } from './decide.ts';
import type { DispatchJob, Service } from './dispatch.ts';
import { DrivenRuns } from './driven-runs.ts';
import { Driver } from './driver.ts';
import { failAbandoned } from './fail-abandoned.ts';
import type { Recorded } from './flight.ts';
import { getRun } from './get-run.ts';
import { LiveFeed } from './live-feed.ts';
import { Ledger } from './ledger.ts';
import { OwnLease } from './own-lease.ts';
import { type Queued, QueuedRuns } from './queued-runs.ts';
import { Recovery } from './recovery.ts';
import { RunActor, type RunActorHost } from './run-actor.ts';
import { RunRegistry } from './run-registry.ts';
import { Retries } from './retries.ts';
import { runHooks } from './run-hooks.ts';
import type { Tap } from './signals.ts';
import { MAX_LISTED, type SupervisorStats, type SupervisorStatus } from './stats.ts';
import { supervisorMachine } from './supervisor-machine.ts';
import type { SupervisorOptions } from './supervisor-options.ts';
import { WaitingRuns } from './waiting-runs.ts';
import { withinMs } from './within-ms.ts';

/** The owner of the stores and of all run actors; its own life is a statechart. */
export class Supervisor {
  readonly feed: LiveFeed;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly #options: SupervisorOptions;
  readonly #lifecycle;
  readonly #committer: Committer;
  readonly #tap: Tap;
  readonly #ledger: Ledger;
  readonly #driver: Driver;
  readonly #driven: DrivenRuns;
  readonly #queued = new QueuedRuns();
  readonly #waiting: WaitingRuns;
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
    const { stores, clock, ids, inspect, onError, tap } = options;
    this.#options = options;
    this.#tap = tap;
    this.#driven = new DrivenRuns(tap);
    this.#waiting = new WaitingRuns(options.dispatch);
    this.#ledger = new Ledger(clock, tap);
    this.stores = stores;
    this.clock = clock;
    this.feed = new LiveFeed(stores.events, clock);
    this.#committer = new Committer(stores.events, (appended) => this.#ledger.appended(appended));
    this.#lease = new OwnLease(() => stores.events.enlist(ids.owner()));
    this.#lifecycle = createActor(supervisorMachine, {
      id: 'supervisor',
      ...(inspect !== undefined && { inspect: safely(inspect, onError) }),
    });
    this.#lifecycle.subscribe(() => this.#ledger.statusChanged());
    this.#actorHost = {
      store: stores.events,
      clock: () => clock.now(),
      eventId: ids.event,
      maxEventBytes: options.maxEventBytes,
      mark: (source) => this.#committer.mark(source),
      chart: (snapshot) => createChartActor(snapshot, inspect, onError),
      onStored: (actor, events, before) => this.#onStored(actor, events, before),
      onForeign: (actor) => this.#onForeign(actor),
      onIdle: (actor) => this.#actors.rest(actor),
    };
    this.#retries = new Retries({
      clock,
      signal: this.#stopping.signal,
      retry: (runId) => this.#dispatchAgain(runId),
      onError,
    });
    this.#recovery = this.#createRecovery(options);
    this.#driver = this.#createDriver(options);
  }

  get status(): SupervisorStatus {
    return this.#lifecycle.getSnapshot().value;
  }

  stats(): SupervisorStats {
    return {
      status: this.status,
      ...this.#ledger.read(),
      ownerId: this.#lease.known ?? null,
      driven: { count: this.#driven.size, runs: this.#driven.list(MAX_LISTED) },
      dispatch: this.#service?.inspect?.() ?? null,
      feed: this.feed.stats(),
    };
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
      await this.#options.dispatch.open?.({ onError: this.#options.onError });
      this.#unwatch = this.stores.events.watch((runIds) => this.#onForeignWrites(runIds));
      this.#service = this.#options.dispatch.serve((runId, stop, slot) =>
        this.#driver.drive(runId, stop, slot),
      );
      await this.#recovery.start();
    } catch (error) {
      await this.close(0);
      throw error;
    }
    this.#lifecycle.send({ type: 'runs.recovered' });
    this.#ledger.opened(this.stores.location);
  }

  /** The id of this process as an owner. */
  async ownerId(): Promise<string> {
    this.#assertWorking();
    return this.#lease.id();
  }

  #createRecovery(options: SupervisorOptions): Recovery {
    const { clock, onError, stores, tap } = options;
    return new Recovery({
      ...options.recovery,
      store: stores.events,
      clock,
      onError,
      drive: ({ runId, sessionId, epoch }) => {
        if (this.#driven.has(runId)) return;
        this.dispatch({ runId, sessionId, priority: 0 }, { epoch, mayTake: true });
      },
      fail: (record) => this.#fail(record),
      onLeft:
        tap &&
        ((record, snapshot) =>
          this.#ledger.left(record, options.whyNot(snapshot) ?? 'its code is not here')),
      onSwept: (sweep) => this.#ledger.swept(sweep),
    });
  }

  #createDriver(options: SupervisorOptions): Driver {
    return new Driver({
      options,
      driven: this.#driven,
      queued: this.#queued,
      retries: this.#retries,
      feed: this.feed,
      ledger: this.#ledger,
      ownerId: () => this.ownerId(),
      record: (runId) => this.record(runId),
      actor: (runId) => this.#actor(runId),
      assertOpen: () => this.assertOpen(),
      onWait: (runId, sessionId) => {
        this.#waiting.add(runId, sessionId);
        // What it waits for may have come before it was known here that it waits.
        this.#recovery.poke();
      },
    });
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
    const { dispatch } = this.#options;
    this.#waiting.forget(job.runId);
    // What is known here does not travel: of a run that another process may take nothing is kept.
    if (dispatch.shared !== true || job.here === true) this.#queued.add(job.runId, queued);
    dispatch.submit(job);
  }

  /** Takes no new runs any more; resolves when those that were taken have ended. */
  async drain(): Promise<void> {
    const drain = { type: 'drain' } as const;
    if (this.#lifecycle.getSnapshot().can(drain)) {
      this.#lifecycle.send(drain);
      this.#tap?.({ type: 'runtime.draining' });
    }
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
    const startMs = performance.now();
    const driven = this.#driven.size;
    this.#lifecycle.send({ type: 'close' });
    const reason = new RunchartError('RUNTIME_CLOSED', 'The runtime is closing; stop working.');
    this.#stopping.abort(reason);
    await this.#recovery.stop();
    await withinMs(this.clock, graceMs, this.#service?.stop(reason));
    await withinMs(this.clock, graceMs, Promise.all(this.#aftermath));
    await withinMs(this.clock, graceMs, this.#options.dispatch.close?.());
    this.feed.close();
    this.#unwatch?.();
    await this.#committer.idle();
    this.#actors.clear();
    try {
      await this.#lease.release();
    } finally {
      await this.stores.close().finally(() => this.#lifecycle.send({ type: 'stores.closed' }));
      const durationMs = performance.now() - startMs;
      this.#tap?.({ type: 'runtime.closed', durationMs, driven });
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

  async #dispatchAgain(runId: string): Promise<void> {
    const record = await this.stores.events.get(runId);
    if (record === undefined) return this.#retries.done(runId);
    const { snapshot, sessionId, epoch, owner } = record;
    if (isTerminal(parseSnapshot(snapshot).status)) return;
    const here = owner !== null && owner === this.#lease.known;
    this.dispatch({ runId, sessionId, priority: 0, here }, { epoch, mayTake: true });
  }

  async #fail(record: RunRecord): Promise<void> {
    if (!(await failAbandoned(record, await this.#actor(record.runId)))) return;
    this.#ledger.abandoned(record);
  }

  #onStored(actor: RunActor, events: readonly StoredEvent[], before: RunStatus | null): void {
    this.#actors.keep(actor);
    this.feed.publish(actor.runId, events);
    this.#driven.stopIfLost(actor);
    const { snapshot, runId } = actor;
    if (snapshot === undefined) return;
    this.#tap?.({ type: 'run.stored', before, snapshot, events });
    if (snapshot.waiting?.wakeAtMs != null) this.#recovery.poke();
    if (!events.some(({ type, late }) => !late && endsRun(type))) return;
    this.#waiting.wake(runId);
    runHooks(snapshot, this.#options);
    const after = this.#options.onOver(snapshot).finally(() => this.#aftermath.delete(after));
    this.#aftermath.add(after);
  }

  #onForeign(actor: RunActor): void {
    this.feed.poke(actor.runId);
    this.#driven.stopIfLost(actor);
  }

  #onForeignWrites(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (this.#driven.has(runId)) this.#actors.get(runId)?.refresh();
      this.#waiting.wake(runId);
      this.feed.poke(runId);
    }
    this.#recovery.poke();
  }
}
