import type { InspectionEvent } from 'xstate';
import type { Envelope, RunSnapshot } from '../machines/index.ts';
import type { Stores } from '../stores/index.ts';
import type { Clock } from './clock.ts';
import type { RunRequest } from './decide.ts';
import type { Dispatch } from './dispatch.ts';
import type { Recorded } from './flight.ts';
import type { FollowOptions } from './live-feed.ts';
import type { RecoveryPort } from './recovery.ts';
import type { Role } from './role.ts';
import type { Tap } from './signals.ts';

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
  /** The run when this attempt had begun. */
  readonly snapshot: RunSnapshot;
  /** The epoch under which it is driven. */
  readonly epoch: number;
  /** Aborted when the run is over, was taken over, or the runtime closes. */
  readonly signal: AbortSignal;
  submit(request: RunRequest): Promise<Recorded>;
  /** Sends the last word of the work itself. That it ends the run does not abort the signal. */
  finish(request: RunRequest): Promise<Recorded>;
  /** The events of the run, as everybody sees them. */
  follow(options: FollowOptions): AsyncIterable<Envelope>;
  /** While the work waits for other runs, its place among the driven ones is theirs. */
  lend(): () => void;
}

/** How the work on a run ended here: for good, or until what it waits for comes. */
export type Performed = 'ended' | 'waiting';

export interface SupervisorOptions {
  readonly stores: Stores;
  readonly dispatch: Dispatch;
  readonly role: Role;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxEventBytes: number;
  /** Does the work of a run that is driven here. */
  readonly perform: (run: HostedRun) => Promise<Performed>;
  readonly recovery: Pick<RecoveryPort, 'policy' | 'definitions' | 'canDrive'>;
  /** Milliseconds between two looks for owners that died. */
  readonly sweepMs: number;
  /** Why the code registered here cannot go on with a run. */
  readonly whyNot: (snapshot: RunSnapshot) => string | undefined;
  /** Hears what the runtime does, where somebody listens. MUST NOT throw. */
  readonly tap: Tap;
  /** Told of runs that are over, once they are, by the runtime whose event ended them. MUST NOT reject. */
  readonly onOver: (snapshot: RunSnapshot) => Promise<void>;
  readonly hooks: Hooks;
  /** Hears of faults in the caller's own code (inspector, hooks) and of work that was not recorded. */
  readonly onError: (error: unknown) => void;
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
}
