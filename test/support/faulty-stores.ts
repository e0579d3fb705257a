import type { Stores } from '../../src/stores/index.ts';

/** One call of a store, on its way through a wrapper. */
interface StoreCall {
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

/** The error of a fault that a test put there. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

export type FaultMode =
  /** The n-th call fails, and nothing was done. */
  | 'once'
  /** The n-th call fails and all that follow. */
  | 'from-then-on'
  /** The n-th call is done, and its answer lost. */
  | 'answer-lost'
  /** The n-th call is done and its answer lost, and all that follow fail. */
  | 'cut-off';

export interface FaultyStores {
  readonly stores: Stores;
  /** Counts from now on; the n-th call of `only` (default: any but open and close) fails. */
  arm(n: number, mode: FaultMode, only?: (call: StoreCall) => boolean): void;
  disarm(): void;
  /** The calls counted since the stores were armed last. */
  readonly count: number;
  /** True once a fault has struck since the stores were armed last. */
  readonly struck: boolean;
}

/** Stores whose n-th call fails on purpose. */
export function faultyStores(inner: Stores): FaultyStores {
  let fault: { n: number; mode: FaultMode; only: (call: StoreCall) => boolean } | undefined;
  let count = 0;
  let struck = false;
  const stores = wrapStores(inner, async (call, proceed) => {
    if (fault === undefined || !fault.only(call)) return proceed();
    count += 1;
    const { n, mode } = fault;
    const forEver = mode === 'from-then-on' || mode === 'cut-off';
    if (count < n || (count > n && !forEver)) return proceed();
    struck = true;
    if (count === n && (mode === 'answer-lost' || mode === 'cut-off')) await proceed();
    throw new InjectedFault(`${call.method}, call ${count}: ${mode}`);
  });
  return {
    stores,
    arm: (n, mode, only = ({ method }) => method !== 'open' && method !== 'close') => {
      fault = { n, mode, only };
      count = 0;
      struck = false;
    },
    disarm: () => {
      fault = undefined;
    },
    get count() {
      return count;
    },
    get struck() {
      return struck;
    },
  };
}

export interface HeldStores {
  readonly stores: Stores;
  /** From now on calls of `method` wait. */
  hold(method?: string): void;
  /** Resolves when a call waits. */
  held(): Promise<void>;
  /** How many calls wait. */
  readonly waiting: number;
  /** Lets those that wait go on, and those that come. */
  release(): void;
  /** Lets the first one that waits go on. */
  releaseOne(): void;
  /** Rejects those that wait without doing them, and lets those go on that come. */
  fail(error: unknown): void;
}

/** Stores that keep calls waiting until they are told otherwise. */
export function heldStores(inner: Stores): HeldStores {
  let holding: string | undefined;
  let waiting: PromiseWithResolvers<void>[] = [];
  let arrivals: (() => void)[] = [];
  const stores = wrapStores(inner, async ({ method }, proceed) => {
    if (method === holding) {
      const gate = Promise.withResolvers<void>();
      waiting.push(gate);
      for (const wake of arrivals.splice(0)) wake();
      await gate.promise;
    }
    return proceed();
  });
  return {
    stores,
    hold: (method = 'events.append') => {
      holding = method;
    },
    held: async () => {
      if (waiting.length === 0) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    get waiting() {
      return waiting.length;
    },
    release: () => {
      holding = undefined;
      for (const gate of waiting.splice(0)) gate.resolve();
    },
    releaseOne: () => waiting.shift()?.resolve(),
    fail: (error) => {
      holding = undefined;
      for (const gate of waiting.splice(0)) gate.reject(error);
    },
  };
}

/** What `fc.scheduler` is to a wrapper. */
export interface Schedules {
  schedule<T>(task: Promise<T>, label?: string): Promise<T>;
}

/** Stores whose answers and whose effects come in the order that a scheduler says. */
export function scheduledStores(
  inner: Stores,
  scheduler: Schedules,
  methods: ReadonlySet<string> = new Set([
    'events.append',
    'events.get',
    'events.read',
    'events.findByKey',
  ]),
): Stores {
  return wrapStores(inner, async ({ method }, proceed) => {
    if (!methods.has(method)) return proceed();
    await scheduler.schedule(Promise.resolve(), `${method} reaches the store`);
    const answer = await proceed();
    await scheduler.schedule(Promise.resolve(), `${method} answers`);
    return answer;
  });
}
