import PQueue from 'p-queue';

/** A run that wants to be driven. */
export interface DispatchJob {
  readonly runId: string;
  /** Runs of one session are driven one after the other. */
  readonly sessionId: string;
  /** Higher goes first; 0 is usual. */
  readonly priority: number;
}

/** Why the driving of a run ended. */
export type Hosted = 'terminal' | 'released' | 'fenced';

/** Drives one run here. MUST NOT reject; driving a run that is over or owned elsewhere MUST be harmless. */
export type Host = (runId: string, signal: AbortSignal) => Promise<Hosted>;

/**
 * Decides when and where a run is driven. It is a hint, never a judge: it may submit a run twice or
 * late, and the worst that comes of it is an append that the store refuses.
 */
export interface Dispatch {
  /** Queues a run. Repeating it while the run waits or is driven changes nothing. */
  submit(job: DispatchJob): void;
  serve(host: Host): Service;
}

/** A host that takes jobs. */
export interface Service {
  /** Resolves when nothing waits and nothing is driven. New jobs are still taken meanwhile. */
  drained(): Promise<void>;
  /** Drops what waits, aborts what is driven, resolves when all of it has ended. */
  stop(reason: unknown): Promise<void>;
}

/** The queue of one session; it lives as long as it has jobs. */
interface Lane {
  readonly queue: PQueue;
  jobs: number;
}

/**
 * Dispatch within this process: at most `concurrency` runs at once, one at a time per session in the
 * order in which they came, higher priority first.
 */
export function createLanes(concurrency: number): Dispatch {
  const running = new PQueue({ concurrency });
  const lanes = new Map<string, Lane>();
  const known = new Set<string>();
  const stopped = new AbortController();
  let host: Host | undefined;

  const drive = async (runId: string): Promise<void> => {
    if (!stopped.signal.aborted) await host?.(runId, stopped.signal);
  };

  const inLane = async (lane: Lane, { runId, sessionId, priority }: DispatchJob): Promise<void> => {
    // A lane gives its next run to the common queue only when the one before it has ended.
    await lane.queue.add(() => running.add(() => drive(runId), { priority }), { priority });
    known.delete(runId);
    lane.jobs -= 1;
    if (lane.jobs === 0) lanes.delete(sessionId);
  };

  const drained = async (): Promise<void> => {
    while (known.size > 0)
      await Promise.all([...lanes.values()].map(({ queue }) => queue.onIdle()));
  };

  return {
    submit: (job) => {
      if (known.has(job.runId) || stopped.signal.aborted) return;
      known.add(job.runId);
      const lane = lanes.get(job.sessionId) ?? { queue: new PQueue({ concurrency: 1 }), jobs: 0 };
      lanes.set(job.sessionId, lane);
      lane.jobs += 1;
      void inLane(lane, job);
    },
    serve: (newHost) => {
      host = newHost;
      return {
        drained,
        stop: async (reason) => {
          stopped.abort(reason);
          await drained();
        },
      };
    },
  };
}
