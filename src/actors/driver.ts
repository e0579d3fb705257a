import { isRunchartError } from '../errors.ts';
import type { RunRecord } from '../stores/index.ts';
import { type Begun, beginAttempt } from './begin-attempt.ts';
import type { HeldRuns } from './held-runs.ts';
import { mayPass } from './may-pass.ts';
import type { RunRequest } from './decide.ts';
import type { Hosted, Slot } from './dispatch.ts';
import type { DrivenRuns } from './driven-runs.ts';
import type { Driving } from './driving.ts';
import type { Recorded } from './flight.ts';
import type { Ledger } from './ledger.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Queued, QueuedRuns } from './queued-runs.ts';
import type { Retries } from './retries.ts';
import type { RunActor } from './run-actor.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

export interface DriverPort {
  readonly options: SupervisorOptions;
  readonly driven: DrivenRuns;
  readonly queued: QueuedRuns;
  readonly held: HeldRuns;
  readonly retries: Retries;
  readonly feed: LiveFeed;
  readonly ledger: Ledger;
  /** The id of this process as an owner. */
  readonly ownerId: () => Promise<string>;
  readonly record: (runId: string) => Promise<RunRecord>;
  readonly actor: (runId: string) => Promise<RunActor>;
  /** Throws RUNTIME_CLOSED. */
  readonly assertOpen: () => void;
  /** Nothing that anybody else may drive is begun here any more. */
  readonly isLeaving: () => boolean;
  /** The run is parked. */
  readonly onWait: (runId: string, sessionId: string) => void;
}

/** Drives runs in this process: begins an attempt, has its work done, and sees to it that it stops. */
export class Driver {
  readonly #port: DriverPort;

  constructor(port: DriverPort) {
    this.#port = port;
  }

  /** Hosts a run: never rejects, and leaves alone what is over or not its own. */
  async drive(runId: string, stop: AbortSignal, slot: Slot): Promise<Hosted> {
    const { options, driven, retries, feed } = this.#port;
    const controller = new AbortController();
    const onStop = (): void => controller.abort(stop.reason);
    stop.addEventListener('abort', onStop);
    let isFaulty = false;
    let driving: Driving | undefined;
    try {
      const begun = await this.#begin(runId, controller);
      if (typeof begun === 'string') return begun;
      const { snapshot, sessionId, ownerId, epoch } = begun;
      const mine = (driving = begun.driving);
      const submit = async (request: RunRequest): Promise<Recorded> => {
        this.#port.assertOpen();
        return (await this.#port.actor(runId)).submit({ epoch, ...request });
      };
      const finish = (request: RunRequest): Promise<Recorded> => {
        mine.isFinishing = true;
        return submit(request);
      };
      const performed = await options.perform({
        runId,
        sessionId,
        ownerId,
        snapshot,
        epoch,
        signal: controller.signal,
        submit,
        finish,
        follow: (options) => feed.follow(runId, options),
        lend: () => slot.lend(),
      });
      if (performed === 'waiting') return this.#wait(runId, sessionId);
    } catch (error) {
      // That the runtime closes is no fault of work that stops by it; of work that came to its end it is told.
      const isStopped = stop.aborted && isRunchartError(error, 'RUNTIME_CLOSED');
      isFaulty = !isStopped || driving?.isFinishing === true;
      if (isFaulty) options.onError(error);
    } finally {
      stop.removeEventListener('abort', onStop);
      driven.end(runId);
    }
    if (isFaulty) void retries.again(runId);
    else retries.done(runId);
    return driving?.lost ?? 'released';
  }

  /** Begins the next attempt of a run, and watches from then on whether it is still ours. */
  async #begin(
    runId: string,
    controller: AbortController,
  ): Promise<Hosted | (Begun & { readonly driving: Driving })> {
    const { options, driven, held, ledger } = this.#port;
    const queued = this.#port.queued.take(runId);
    if (this.#port.isLeaving()) return 'released';
    const [ownerId, record, actor] = await Promise.all([
      this.#port.ownerId(),
      this.#port.record(runId),
      this.#port.actor(runId),
    ]);
    const holder = held.holderOf(record);
    if (holder !== undefined) return this.#hold(record, queued, holder);
    const { stores, clock, ids, recovery } = options;
    const begun = await beginAttempt(record, {
      store: stores.events,
      actor,
      ownerId,
      queued,
      isShared: options.dispatch.shared === true,
      mayPass: mayPass({ ...options, store: stores.events, ownerId }),
      canDrive: recovery.canDrive,
      clock,
      id: ids.event,
    });
    if (begun === 'waiting') return this.#wait(runId, record.sessionId);
    if (typeof begun === 'string') return begun;
    if ('heldBy' in begun) return this.#hold(record, queued, begun.heldBy.runId);
    const { epoch } = begun;
    const { attempt, updatedAtMs: sinceMs } = begun.snapshot;
    const driving = { controller, epoch, attempt, sinceMs, isFinishing: false };
    driven.begin(runId, driving);
    ledger.begun(record, begun);
    // It may have been cancelled, or taken, before it was known here that it is driven.
    driven.stopIfLost(actor);
    return { ...begun, driving };
  }

  /** It gives its place here up, and is queued again when it may be its turn: its place in the session is in the store. */
  #hold({ runId, sessionId, epoch }: RunRecord, known: Queued | undefined, by: string): Hosted {
    const queued = known ?? { epoch, mayTake: true, priority: 0 };
    const job = { runId, sessionId, priority: queued.priority };
    this.#port.held.hold({ job, queued }, by);
    // A queue that is shared would give it to the next process at once, which could not begin it either.
    return this.#port.options.dispatch.shared === true ? 'waiting' : 'released';
  }

  #wait(runId: string, sessionId: string): Hosted {
    this.#port.onWait(runId, sessionId);
    return 'waiting';
  }
}
