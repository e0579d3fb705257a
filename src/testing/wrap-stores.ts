import type { Stores } from '../stores/index.ts';

/** One call of a store, on its way through a wrapper. */
export interface StoreCall {
  /** `events.append`, `outputs.get`, `open` ... */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What a wrapper does around each call. It MUST call `proceed` at most once. */
export type Around = (call: StoreCall, proceed: () => Promise<unknown>) => Promise<unknown>;

type Method = (...args: unknown[]) => unknown;

/** The calls that answer at once and are none of a wrapper's business. */
const SYNCHRONOUS = new Set(['events.watch']);

/** The same stores, with every asynchronous call going through `around`. */
export function wrapStores(stores: Stores, around: Around): Stores {
  return {
    events: wrap('events.', stores.events, around),
    outputs: wrap('outputs.', stores.outputs, around),
    checkpoints: wrap('checkpoints.', stores.checkpoints, around),
    blobs:
      (stores.blobs as unknown) === undefined ? stores.blobs : wrap('blobs.', stores.blobs, around),
    location: stores.location,
    open: () => around({ method: 'open', args: [] }, () => stores.open()) as Promise<void>,
    close: () => around({ method: 'close', args: [] }, () => stores.close()) as Promise<void>,
    forget: (runIds) =>
      around({ method: 'forget', args: [runIds] }, () => stores.forget(runIds)) as ReturnType<
        Stores['forget']
      >,
    compact: () => around({ method: 'compact', args: [] }, () => stores.compact()) as Promise<void>,
    diagnose: () => stores.diagnose(),
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
