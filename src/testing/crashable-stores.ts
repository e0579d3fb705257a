import type { OwnerLease, Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';

/** The calls that are counted: those that a run in progress writes by. */
const WRITES = new Set([
  'events.append',
  'events.import',
  'outputs.append',
  'outputs.import',
  'checkpoints.save',
  'checkpoints.import',
  'blobs.put',
]);

/** Stores as a process has them that can die: from then on nothing is answered any more. */
export interface CrashableStores {
  /** The same as the inner stores, until they die. */
  readonly stores: Stores;
  /** Writes that were done: appends of events and outputs, saved checkpoints, contents that were put. */
  readonly writes: number;
  /** Dies now. Resolves when others can see it: the owners that were enlisted are no longer alive. */
  crash(): Promise<void>;
  /** Dies as soon as `n` writes are done, counted from now: the last one is done and never answered. */
  crashAfter(n: number): Promise<void>;
}

/**
 * Stores that die like the process that has them, without a process: a call that is under way then, or
 * comes later, never settles, `close` neither. What `inner` keeps outlives the crash; look there for what
 * became of it, or let another runtime go on with it. Whoever awaits a call MUST wait for the crash too.
 */
export function crashableStores(inner: Stores): CrashableStores {
  const leases: OwnerLease[] = [];
  let isDead = false;
  let writes = 0;
  let last = Infinity;
  const died = Promise.withResolvers<void>();
  const crash = async (): Promise<void> => {
    isDead = true;
    await Promise.all(leases.map((lease) => lease.release()));
    died.resolve();
  };
  const stores = wrapStores(inner, async ({ method }, proceed) => {
    if (isDead) return new Promise(() => {});
    const answer = await proceed();
    if (method === 'events.enlist') leases.push(answer as OwnerLease);
    if (WRITES.has(method)) {
      writes += 1;
      if (writes >= last) await crash();
    }
    if (isDead) return new Promise(() => {});
    return answer;
  });
  return {
    stores,
    get writes() {
      return writes;
    },
    crash,
    crashAfter: (n) => {
      last = writes + n;
      return died.promise;
    },
  };
}
