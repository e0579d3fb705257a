import { createActor } from 'xstate';
import { RunchartError } from '../errors.ts';
import type { RunStatus } from '../machines/index.ts';
import type { RunRecord, StoredEvent, Stores } from '../stores/index.ts';
import { createChartActor, safely } from './chart-actor.ts';
import type { Clock } from './clock.ts';
import { Committer } from './committer.ts';
import { endsRun, type RunRequest } from './decide.ts';
import type { Recorded } from './flight.ts';
import { getRun } from './get-run.ts';
import { Hosting } from './hosting.ts';
import { LiveFeed } from './live-feed.ts';
import { Ledger } from './ledger.ts';
import { OwnLease } from './own-lease.ts';
import { RunActor, type RunActorHost } from './run-actor.ts';
import { RunRegistry } from './run-registry.ts';
import { runHooks } from './run-hooks.ts';
import type { Tap } from './signals.ts';
import { MAX_LISTED, type SupervisorStats, type SupervisorStatus } from './stats.ts';
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
  readonly #tap: Tap;
  readonly #ledger: Ledger;
  readonly #aftermath = new Set<Promise<void>>();
  /** What drives runs here. */
  readonly hosting: Hosting;
  readonly #actors = new RunRegistry((runId) => this.hosting.driven.has(runId));
  readonly #actorHost: RunActorHost;
  readonly #lease: OwnLease;
  #unwatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    const { stores, clock, ids, inspect, onError, tap } = options;
    this.#options = options;
    this.#tap = tap;
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
    this.hosting = new Hosting({
      options,
      feed: this.feed,
      ledger: this.#ledger,
      ownerId: () => this.ownerId(),
      knownOwner: () => this.#lease.known,
      record: (runId) => this.record(runId),
      actor: (runId) => this.#actor(runId),
      assertOpen: () => this.assertOpen(),
    });
  }

  get status(): SupervisorStatus {
    return this.#lifecycle.getSnapshot().value;
  }

  stats(): SupervisorStats {
    const { driven } = this.hosting;
    return {
      status: this.status,
      ...this.#ledger.read(),
      ownerId: this.#lease.known ?? null,
      driven: { count: driven.size, runs: driven.list(MAX_LISTED) },
      dispatch: this.hosting.inspect(),
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
      await this.hosting.start();
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

  /** Takes no new runs any more; resolves when those that were taken have ended. */
  async drain(): Promise<void> {
    const drain = { type: 'drain' } as const;
    if (this.#lifecycle.getSnapshot().can(drain)) {
      this.#lifecycle.send(drain);
      this.#tap?.({ type: 'runtime.draining' });
    }
    await this.hosting.drained();
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
    const driven = this.hosting.driven.size;
    this.#lifecycle.send({ type: 'close' });
    const reason = new RunchartError('RUNTIME_CLOSED', 'The runtime is closing; stop working.');
    await this.hosting.stop(reason, graceMs);
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

  #onStored(actor: RunActor, events: readonly StoredEvent[], before: RunStatus | null): void {
    this.#actors.keep(actor);
    this.feed.publish(actor.runId, events);
    const { snapshot } = actor;
    const isOver = events.some(({ type, late }) => !late && endsRun(type));
    this.hosting.stored(actor, isOver);
    if (snapshot === undefined) return;
    this.#tap?.({ type: 'run.stored', before, snapshot, events });
    if (!isOver) return;
    runHooks(snapshot, this.#options);
    const after = this.#options.onOver(snapshot).finally(() => this.#aftermath.delete(after));
    this.#aftermath.add(after);
  }

  #onForeign(actor: RunActor): void {
    this.feed.poke(actor.runId);
    this.hosting.driven.stopIfLost(actor);
  }

  #onForeignWrites(runIds: readonly string[]): void {
    for (const runId of runIds) {
      if (this.hosting.driven.has(runId)) this.#actors.get(runId)?.refresh();
      this.hosting.changed(runId);
      this.feed.poke(runId);
    }
    this.hosting.pokedByOthers();
  }
}
