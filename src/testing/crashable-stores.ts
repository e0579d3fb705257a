import type { OwnerLease, Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';

/** Calls that change what is stored. */
const WRITES = new Set(['events.append', 'outputs.append', 'checkpoints.save', 'blobs.put']);

/** Stores as a process has them that can die: from then on nothing is answered any more. */
export interface CrashableStores {
  readonly stores: Stores;
  /** Writes that were done. */
  readonly writes: number;
  /** Dies now. Resolves when others can see it. */
  crash(): Promise<void>;
  /** Dies as soon as `n` writes are done, counted from now: before the last one is answered. */
  crashAfter(n: number): Promise<void>;
}

/** What `inner` keeps outlives the crash, and is opened again by another runtime. */
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
