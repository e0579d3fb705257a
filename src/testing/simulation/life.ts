import type { Run, Runtime } from '../../index.ts';
import type { OwnerLease } from '../../stores/index.ts';
import type { Action } from './plan.ts';
import type { VirtualClock } from './virtual-time.ts';

/** A call of a store that went wrong, or will. */
type Fault = Omit<Extract<Action, { do: 'fault' }>, 'do' | 'after' | 'process'>;

/** An attempt whose code was begun in a life, until it has ended. */
interface LivingAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** One life of a process, from its start to its death. */
export interface Life {
  /** `p1.2`: the second life of the first process. */
  readonly name: string;
  readonly process: number;
  readonly clock: VirtualClock;
  /** Which code it has. */
  readonly code: number;
  isAlive: boolean;
  /** Open, and not being closed. */
  isUp: boolean;
  runtime: Runtime | undefined;
  ownerId: string | undefined;
  lease: OwnerLease | undefined;
  readonly faults: { fault: Fault; skip: number; left: number }[];
  readonly unwatch: (() => void)[];
  /** Handles that drive their runs. */
  readonly driven: Map<string, Run>;
  /** Runs that it is about to claim. */
  readonly claiming: Set<string>;
  readonly attempts: Set<LivingAttempt>;
}

/** A life that is about to begin. */
export function newLife(
  name: string,
  process: number,
  code: number,
  clockOf: (life: () => Life) => VirtualClock,
): Life {
  const life: Life = {
    name,
    process,
    code,
    clock: clockOf(() => life),
    isAlive: true,
    isUp: false,
    runtime: undefined,
    ownerId: undefined,
    lease: undefined,
    faults: [],
    unwatch: [],
    driven: new Map(),
    claiming: new Set(),
    attempts: new Set(),
  };
  return life;
}
