import type { AppendStats } from './append-meter.ts';
import type { DrivenRun } from './driven-runs.ts';
import type { FeedStats } from './live-feed.ts';

/** Ids in one list of statistics; how many there are is told beside it. */
export const MAX_LISTED = 100;

/** A session with runs that are queued or driven in this process. */
export interface LaneStats {
  readonly sessionId: string;
  /** Whose turn it is; null for a moment between two. */
  readonly runId: string | null;
  /** driven; or its run is ready and all places are taken; or its run is parked and keeps its turn. */
  readonly state: 'driven' | 'ready' | 'waiting';
  /** Runs behind it, all of them. */
  readonly queued: number;
  /** The first of them, in order of arrival: what priority changes of it is not told. */
  readonly next: readonly string[];
}

/** What a dispatch knows of its queues. */
export interface DispatchStats {
  /** Runs that may be driven at once; places that were lent are counted. */
  readonly concurrency: number;
  readonly driven: number;
  /** Runs that wait for a place, or for their turn in their session. */
  readonly queued: number;
  /** Parked runs that keep their turn in a session that they share. */
  readonly waiting: number;
  /** Sessions, all of them. */
  readonly sessions: number;
  /** The first of them, at most 100. */
  readonly lanes: readonly LaneStats[];
}

export type SupervisorStatus =
  | 'opening'
  | 'recovering'
  | 'running'
  | 'draining'
  | 'closing'
  | 'closed';

/** What a supervisor knows of itself, without asking the store. */
export interface SupervisorStats {
  readonly status: SupervisorStatus;
  /** When it came to this status, in epoch milliseconds. */
  readonly statusSinceMs: number;
  /** When it was created, in epoch milliseconds. */
  readonly createdAtMs: number;
  /** This process as an owner of runs; null until it needs to be one. */
  readonly ownerId: string | null;
  /** How many runs are driven here, and those of them that have been the longest, at most 100. */
  readonly driven: { readonly count: number; readonly runs: readonly DrivenRun[] };
  /** null: a dispatch of the caller's that does not tell. */
  readonly dispatch: DispatchStats | null;
  readonly appends: AppendStats;
  readonly feed: FeedStats;
  readonly recovery: {
    /** Looks at what others left behind. */
    readonly sweeps: number;
    /** Attempts begun here of runs whose attempt before had not ended. */
    readonly recovered: number;
    /** Runs that were ended because their owner died, by the policy `fail`. */
    readonly abandoned: number;
  };
}
