import { isTerminal, parseSnapshot } from '../machines/index.ts';
import type { RunRecord } from '../stores/index.ts';
import type { DispatchJob, Service } from './dispatch.ts';
import { FIRST_EPOCH } from './decide.ts';
import { DrivenRuns } from './driven-runs.ts';
import { Driver, type DriverPort } from './driver.ts';
import { failAbandoned } from './fail-abandoned.ts';
import { HeldRuns } from './held-runs.ts';
import { type Queued, QueuedRuns } from './queued-runs.ts';
import { Recovery } from './recovery.ts';
import { Retries } from './retries.ts';
import { startsForAnybody } from './role.ts';
import type { RunActor } from './run-actor.ts';
import type { DispatchStats } from './stats.ts';
import type { SupervisorOptions } from './supervisor-options.ts';
import { WaitingRuns } from './waiting-runs.ts';
import { withinMs } from './within-ms.ts';

/** What the supervisor lends to those who drive its runs. */
export type HostingPort = Pick<
  DriverPort,
  'options' | 'feed' | 'ledger' | 'ownerId' | 'record' | 'actor' | 'assertOpen'
> & {
  /** The id of this process as an owner, if it has been one. */
  readonly knownOwner: () => string | undefined;
};

/** The part of a supervisor that drives runs: finds them, queues them, begins them, and hears when they are lost. */
export class Hosting {
  readonly driven: DrivenRuns;
  readonly #port: HostingPort;
  readonly #options: SupervisorOptions;
  readonly #queued = new QueuedRuns();
  readonly #waiting: WaitingRuns;
  readonly #held: HeldRuns;
  readonly #retries: Retries;
  readonly #stopping = new AbortController();
  readonly #recovery: Recovery;
  readonly #driver: Driver;
  /** False: nothing is ever driven in this process. */
  readonly #drives: boolean;
  readonly #forAnybody: boolean;
  #isLeaving = false;
  #service: Service | undefined;

  constructor(port: HostingPort) {
    const { options } = port;
    const { stores, clock, onError, dispatch, role, tap } = options;
    this.#port = port;
    this.#options = options;
    this.#drives = role !== 'orchestrator';
    this.#forAnybody = startsForAnybody(role, dispatch);
    this.driven = new DrivenRuns(tap);
    this.#waiting = new WaitingRuns(dispatch);
    this.#held = new HeldRuns({
      store: stores.events,
      clock,
      again: ({ job, queued }) => this.dispatch(job, queued),
      onError,
    });
    this.#retries = new Retries({
      clock,
      signal: this.#stopping.signal,
      retry: (runId) => this.#dispatchAgain(runId),
      onError,
    });
    this.#recovery = this.#createRecovery();
    this.#driver = this.#createDriver();
  }

  /** Drives what is queued from now on, and looks for runs that nobody drives. */
  async start(): Promise<void> {
    if (!this.#drives) return;
    const { dispatch } = this.#options;
    this.#service = dispatch.serve(async (runId, stop, slot) => {
      const hosted = await this.#driver.drive(runId, stop, slot);
      this.#recovery.roomGotFree();
      return hosted;
    });
    await this.#recovery.start();
  }

  /** Queues a run for being driven: here, or where the dispatch takes it. */
  dispatch(job: DispatchJob, queued: Omit<Queued, 'priority'>): void {
    const { dispatch } = this.#options;
    const { runId, priority } = job;
    // Others find it: it is nobody's.
    if (!this.#drives && dispatch.shared !== true) return;
    this.#waiting.forget(runId);
    // What is known here does not travel: of a run that another process may take nothing is kept.
    if (dispatch.shared !== true || job.here === true)
      this.#queued.add(runId, { ...queued, priority });
    dispatch.submit(job);
  }

  /** Queues a run that was created just now, if it is to be driven at once. */
  dispatchNew(job: DispatchJob, isRepeat = false): void {
    // It is ours, and driven only as long as nobody claims it. A repeat too: the answer of the first time may
    // have been lost before the run was queued.
    const epoch = FIRST_EPOCH;
    if (!this.#forAnybody) return this.dispatch(job, { epoch, mayTake: false });
    // Of an earlier call: it takes nothing over. Who sweeps finds it if nobody has begun it.
    if (isRepeat || this.#isLeaving) return;
    // What is queued here is not kept from others; without a place for it, they find it by themselves.
    if (this.#options.dispatch.shared !== true && this.#room() === 0) return;
    this.dispatch(job, { epoch, mayTake: true });
  }

  /** Looks after a while whether a run was created after all, and has it driven here if so. */
  dispatchIfStored(runId: string): void {
    // What is nobody's is found by who sweeps.
    if (!this.#forAnybody) void this.#retries.again(runId);
  }

  /** Something of a run was stored here. */
  stored(actor: RunActor, isOver: boolean): void {
    this.driven.stopIfLost(actor);
    const { runId, sessionId, snapshot } = actor;
    const wakeAtMs = snapshot?.waiting?.wakeAtMs ?? null;
    if (wakeAtMs === 0 && this.#options.dispatch.shared === true && actor.owner === null) {
      const isNew = snapshot?.attempt === 0 && snapshot.eventCount === 1;
      // A new one is queued with its priority by who creates it.
      if (!isNew) this.#options.dispatch.submit({ runId, sessionId, priority: 0 });
    }
    if (wakeAtMs !== null) this.#recovery.poke();
    if (!isOver) return;
    this.#waiting.wake(runId);
    this.#held.over(runId);
    // The next of its session may be nobody's.
    if (this.#forAnybody && sessionId !== runId) this.#recovery.poke();
  }

  /** Others may have written to a run. */
  changed(runId: string): void {
    this.#waiting.wake(runId);
    this.#held.changed(runId);
  }

  /** After `changed` of all that others may have written to. */
  pokedByOthers(): void {
    this.#recovery.poke();
  }

  /** Begins nothing any more that others may drive. Resolves when nothing is queued and nothing is driven. */
  async drained(): Promise<void> {
    if (this.#forAnybody) {
      this.#isLeaving = true;
      await this.#recovery.stop();
    }
    await this.#service?.drained();
  }

  /** Aborts what is driven, and waits up to `graceMs` for it to end. */
  async stop(reason: unknown, graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isLeaving = this.#forAnybody;
    this.#stopping.abort(reason);
    this.#held.stop();
    await this.#recovery.stop();
    await withinMs(clock, graceMs, this.#service?.stop(reason));
  }

  inspect(): DispatchStats | null {
    return this.#service?.inspect?.() ?? null;
  }

  #room(): number {
    return this.#service?.room?.() ?? Infinity;
  }

  #createRecovery(): Recovery {
    const { clock, onError, stores, tap, dispatch, whyNot, recovery, sweepMs } = this.#options;
    const { ledger } = this.#port;
    return new Recovery({
      ...recovery,
      definitions: this.#drives ? recovery.definitions : [],
      store: stores.events,
      clock,
      sweepMs,
      onError,
      // What this process alone may begin would have to wait elsewhere too.
      room: () => (this.#forAnybody ? this.#room() : Infinity),
      isQueue: dispatch.shared === true,
      isHeld: (record) => this.#held.holderOf(record) !== undefined,
      onTick: () => this.#held.refresh(),
      drive: ({ runId, sessionId, epoch }) => {
        if (this.driven.has(runId)) return;
        this.dispatch({ runId, sessionId, priority: 0 }, { epoch, mayTake: true });
      },
      fail: (record) => this.#fail(record),
      onLeft:
        tap &&
        ((record, snapshot) => ledger.left(record, whyNot(snapshot) ?? 'its code is not here')),
      onSwept: (sweep) => ledger.swept(sweep),
    });
  }

  #createDriver(): Driver {
    return new Driver({
      ...this.#port,
      driven: this.driven,
      queued: this.#queued,
      held: this.#held,
      retries: this.#retries,
      isLeaving: () => this.#isLeaving,
      onWait: (runId, sessionId) => {
        this.#waiting.add(runId, sessionId);
        // What it waits for may have come before it was known here that it waits.
        this.#recovery.poke();
      },
    });
  }

  async #dispatchAgain(runId: string): Promise<void> {
    const record = await this.#options.stores.events.get(runId);
    if (record === undefined) return this.#retries.done(runId);
    const { snapshot, sessionId, epoch, owner } = record;
    if (isTerminal(parseSnapshot(snapshot).status)) return;
    const here = owner !== null && owner === this.#port.knownOwner();
    this.dispatch({ runId, sessionId, priority: 0, here }, { epoch, mayTake: true });
  }

  async #fail(record: RunRecord): Promise<void> {
    if (!(await failAbandoned(record, await this.#port.actor(record.runId)))) return;
    this.#port.ledger.abandoned(record);
  }
}
