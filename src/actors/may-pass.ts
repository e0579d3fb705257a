import { parseSnapshot } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';
import type { Dispatch } from './dispatch.ts';
import { isNeverBegun } from './never-begun.ts';
import type { RecoveryPolicy } from './recovery.ts';

export interface PassPort {
  readonly store: Pick<EventStore, 'isAlive'>;
  readonly dispatch: Pick<Dispatch, 'shared'>;
  readonly recovery: { readonly policy: RecoveryPolicy };
  /** The id of this process as an owner. */
  readonly ownerId: string;
}

/**
 * Which older runs of their session may be passed by runs that are driven here: those that nobody else can begin
 * and that are queued here behind them, by their priority; and where abandoned runs are left as they are, those.
 */
export function mayPass({ store, dispatch, recovery, ownerId }: PassPort) {
  return async ({ owner, snapshot }: RunRecord): Promise<boolean> => {
    const run = parseSnapshot(snapshot);
    // One after the other by the lanes of this process: nobody else begins them while it lives.
    if (owner === ownerId) return run.attempt === 0 && dispatch.shared !== true;
    if (recovery.policy !== 'leave') return false;
    if (owner !== null) return !(await store.isAlive(owner));
    return run.waiting?.parked === 'released' && !isNeverBegun(run);
  };
}
