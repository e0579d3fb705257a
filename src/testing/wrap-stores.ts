import type { StoreReport, Stores } from '../stores/index.ts';

/** One call of the stores, on its way through a wrapper. */
export interface StoreCall {
  /** `events.append`, `outputs.get`, `open` ... */
  readonly method: string;
  /** As the caller gave them. */
  readonly args: readonly unknown[];
}

/**
 * What a wrapper does around each call: whatever it answers, the caller gets. `proceed` does the call on
 * the inner stores, and it MUST be called at most once; without it nothing is done.
 */
export type Around = (call: StoreCall, proceed: () => Promise<unknown>) => Promise<unknown>;

type Method = (...args: unknown[]) => unknown;

/** The calls that answer at once and are none of a wrapper's business. */
const SYNCHRONOUS = new Set(['events.watch']);

/**
 * The same stores, with every asynchronous call going through `around`: those of all four stores, and
 * `open`, `close`, `forget`, `compact` and `diagnose`. What answers at once (`capabilities`, `watch`) does
 * not, nor what an answer can do later, as the lease of an owner or the content of a blob.
 */
export function wrapStores(stores: Stores, around: Around): Stores {
  return {
    events: wrap('events.', stores.events, around),
    outputs: wrap('outputs.', stores.outputs, around),
    checkpoints: wrap('checkpoints.', stores.checkpoints, around),
    blobs: wrap('blobs.', stores.blobs, around),
    location: stores.location,
    open: () => around({ method: 'open', args: [] }, () => stores.open()) as Promise<void>,
    close: () => around({ method: 'close', args: [] }, () => stores.close()) as Promise<void>,
    forget: (runIds) =>
      around({ method: 'forget', args: [runIds] }, () => stores.forget(runIds)) as ReturnType<
        Stores['forget']
      >,
    compact: () => around({ method: 'compact', args: [] }, () => stores.compact()) as Promise<void>,
    diagnose: () =>
      around({ method: 'diagnose', args: [] }, () => stores.diagnose()) as Promise<StoreReport>,
    ...(stores.bytes !== undefined && { bytes: () => stores.bytes?.() as Promise<number> }),
  };
}

function wrap<T extends object>(prefix: string, target: T, around: Around): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = `${prefix}${String(name)}`;
      const call = (...args: readonly unknown[]): unknown =>
        (value as Method).apply(target, [...args]);
      if (SYNCHRONOUS.has(method)) return call;
      return (...args: readonly unknown[]) => around({ method, args }, async () => call(...args));
    },
  });
}
