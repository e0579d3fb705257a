import type { Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';
import type { StoreCall } from './wrap-stores.ts';

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
