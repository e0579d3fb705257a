import PQueue from 'p-queue';
import { firstOf } from './first-of.ts';
import { type DispatchStats, type LaneStats, MAX_LISTED } from './stats.ts';

/** A run that wants to be driven. */
export interface DispatchJob {
  readonly runId: string;
  /** Runs of one session are driven one after the other. */
  readonly sessionId: string;
  /** Higher goes first; 0 is usual. */
  readonly priority: number;
  /** The run is owned by this process: it MUST be driven here, or not at all. */
  readonly here?: boolean;
}

/**
 * Why the driving of a run ended. waiting: it was parked; it keeps its turn in its session, and is
 * driven again when it is submitted again.
 */
export type Hosted = 'terminal' | 'released' | 'fenced' | 'waiting';

/** A place among the runs that are driven at once. */
export interface Slot {
  /** Somebody else may use it meanwhile; the answered function takes it back. */
  lend(): () => void;
}

/** Drives one run here. MUST NOT reject; driving a run that is over or owned elsewhere MUST be harmless. */
export type Host = (runId: string, signal: AbortSignal, slot: Slot) => Promise<Hosted>;

/** What a dispatch needs of those who use it. */
export interface DispatchPort {
  /** Hears of faults, those of `submit` too: a run that was not queued is found by who looks for such runs. */
  readonly onError: (error: unknown) => void;
}

/**
 * Decides when and where a run is driven. It is a hint, never a judge: it may submit a run twice, late
 * or never, and the worst that comes of it is an append that the store refuses, or a wait of some
 * seconds until somebody looks for runs that nobody drives.
 */
export interface Dispatch {
  /** A run that is submitted here may be driven by another process, and one of theirs here. */
  readonly shared?: true;
  /** Called once, before anything else. Rejects with STORE_FAILED if the queue cannot be reached. */
  open?(port: DispatchPort): Promise<void>;
  /**
   * Queues a run. While it is queued or driven this has it looked at once more afterwards, if it is
   * not over by then; a run that waits is driven again.
   */
  submit(job: DispatchJob): void;
  /** Takes jobs from now on. A process that only submits MUST NOT call it. */
  serve(host: Host): Service;
  /** Lets go of connections, once what was submitted is queued. Called last, served or not. */
  close?(): Promise<void>;
}

/** A host that takes jobs. */
export interface Service {
  /**
   * Resolves when nothing is queued and nothing is driven. Runs that wait, and those behind them in
   * their sessions, do not count. New jobs are still taken meanwhile. Where the dispatch is shared no more is
   * taken, what is queued is left to others, and this resolves when nothing is driven here.
   */
  drained(): Promise<void>;
  /** Drops what waits, aborts what is driven, resolves when all of it has ended. */
  stop(reason: unknown): Promise<void>;
  /**
   * How many more runs of sessions that are not here it has a use for now: what a process takes beyond that
   * only waits here. Left out: any number.
   */
  room?(): number;
  /** What is queued and driven, for people who look. Cheap, and changes nothing. */
  inspect?(): DispatchStats;
}

/** The queue of one session; it lives as long as it has jobs. */
interface Lane {
  readonly queue: PQueue;
  /** In order of arrival. */
  readonly runIds: Set<string>;
  /** Whose turn it is. */
  turn: string | undefined;
  isDriven: boolean;
  /** The run that the lane waits for, and what drives it on; undefined while the lane moves. */
  wake: { readonly runId: string; readonly go: () => void } | undefined;
}

/** Sessions that are driven or ready to be, for each place. */
const READY_PER_PLACE = 2;

interface Known {
  readonly lane: Lane;
  /** Submitted once more since it is driven. */
  again: boolean;
}

/**
 * Dispatch within this process: at most `concurrency` runs at once, one at a time per session in the
 * order in which they came, higher priority first.
 */
export function createLanes(concurrency: number): Dispatch {
  return new Lanes(concurrency);
}

class Lanes implements Dispatch {
  readonly #running: PQueue;
  readonly #lanes = new Map<string, Lane>();
  readonly #known = new Map<string, Known>();
  readonly #stopped = new AbortController();
  readonly #slot: Slot = { lend: () => this.#lend() };
  #host: Host | undefined;
  /** Resolves when a lane gets on, or waits. */
  #moved = Promise.withResolvers<void>();

  constructor(concurrency: number) {
    this.#running = new PQueue({ concurrency });
  }

  submit(job: DispatchJob): void {
    if (this.#stopped.signal.aborted) return;
    const before = this.#known.get(job.runId);
    if (before !== undefined) {
      before.again = true;
      // What is queued behind a run that waits is no news to that run.
      if (before.lane.wake?.runId === job.runId) before.lane.wake.go();
      return;
    }
    const lane = this.#laneOf(job.sessionId);
    lane.runIds.add(job.runId);
    const entry = { lane, again: false };
    this.#known.set(job.runId, entry);
    void this.#inLane(job, entry);
  }

  serve(host: Host): Service {
    this.#host = host;
    return {
      drained: async () => {
        while ([...this.#lanes.values()].some(({ wake }) => wake === undefined)) {
          await this.#moved.promise;
        }
      },
      stop: async (reason) => {
        this.#stopped.abort(reason);
        for (const { wake } of this.#lanes.values()) wake?.go();
        while (this.#lanes.size > 0) await this.#moved.promise;
      },
      room: () => this.#room(),
      inspect: () => this.#inspect(),
    };
  }

  /** As many again as may be driven are kept ready, so that a place that gets free is taken at once. */
  #room(): number {
    let moving = 0;
    for (const { wake } of this.#lanes.values()) if (wake === undefined) moving += 1;
    return Math.max(0, READY_PER_PLACE * this.#running.concurrency - moving);
  }

  #laneOf(sessionId: string): Lane {
    const lane = this.#lanes.get(sessionId) ?? {
      queue: new PQueue({ concurrency: 1 }),
      runIds: new Set(),
      turn: undefined,
      isDriven: false,
      wake: undefined,
    };
    this.#lanes.set(sessionId, lane);
    return lane;
  }

  async #inLane(job: DispatchJob, entry: Known): Promise<void> {
    const { lane } = entry;
    // A lane gives its next run to the common queue only when the one before it has ended.
    await lane.queue.add(() => this.#hold(job, entry), { priority: job.priority });
    this.#known.delete(job.runId);
    lane.runIds.delete(job.runId);
    lane.turn = undefined;
    if (lane.runIds.size === 0) this.#lanes.delete(job.sessionId);
    this.#tell();
  }

  /** Keeps the lane until the run needs it no more. */
  async #hold({ runId, sessionId, priority }: DispatchJob, entry: Known): Promise<void> {
    const { lane } = entry;
    lane.turn = runId;
    for (;;) {
      entry.again = false;
      const hosted = await this.#running.add(() => this.#drive(runId, lane), { priority });
      if (this.#stopped.signal.aborted || hosted === 'terminal') return;
      if (entry.again) continue;
      // In a session of its own a run that waits stands in nobody's way: nothing is kept of it.
      if (hosted !== 'waiting' || (sessionId === runId && lane.runIds.size === 1)) return;
      await this.#woken(lane, runId);
    }
  }

  async #drive(runId: string, lane: Lane): Promise<Hosted> {
    const { signal } = this.#stopped;
    if (signal.aborted) return 'released';
    lane.isDriven = true;
    const hosted = await this.#host?.(runId, signal, this.#slot);
    lane.isDriven = false;
    return hosted ?? 'released';
  }

  #inspect(): DispatchStats {
    let driven = 0;
    let waiting = 0;
    for (const { isDriven, wake } of this.#lanes.values()) {
      if (isDriven) driven += 1;
      else if (wake !== undefined) waiting += 1;
    }
    return {
      concurrency: this.#running.concurrency,
      driven,
      queued: this.#known.size - driven - waiting,
      waiting,
      sessions: this.#lanes.size,
      lanes: firstOf(this.#lanes, MAX_LISTED).map(laneStats),
    };
  }

  /** Resolves when the run is submitted again, or the lanes stop. */
  async #woken(lane: Lane, runId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    lane.wake = { runId, go: resolve };
    this.#tell();
    if (!this.#stopped.signal.aborted) await promise;
    lane.wake = undefined;
  }

  #lend(): () => void {
    this.#running.concurrency += 1;
    let isLent = true;
    return () => {
      if (isLent) this.#running.concurrency -= 1;
      isLent = false;
    };
  }

  #tell(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}

function laneStats([sessionId, { runIds, turn, isDriven, wake }]: readonly [
  string,
  Lane,
]): LaneStats {
  // One more than is told: the run whose turn it is may be among them.
  const behind = firstOf(runIds, MAX_LISTED + 1).filter((runId) => runId !== turn);
  return {
    sessionId,
    runId: turn ?? null,
    state: isDriven ? 'driven' : wake === undefined ? 'ready' : 'waiting',
    queued: runIds.size - (turn === undefined ? 0 : 1),
    next: behind.slice(0, MAX_LISTED),
  };
}
