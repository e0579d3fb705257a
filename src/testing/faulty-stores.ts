import type { Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';
import type { StoreCall } from './wrap-stores.ts';

/** The error of a fault that was put there on purpose. It has no code: no store gives such an error. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** What becomes of the call that fails, and of those behind it. */
export type FaultMode =
  /** The n-th call fails, and nothing was done. */
  | 'once'
  /** The n-th call fails and all that follow. */
  | 'from-then-on'
  /** The n-th call is done, and its answer lost. */
  | 'answer-lost'
  /** The n-th call is done and its answer lost, and all that follow fail. */
  | 'cut-off';

/** Stores whose n-th call fails, and what says when. */
export interface FaultyStores {
  /** The same as the inner stores until they are armed. */
  readonly stores: Stores;
  /** Counts from now on; the n-th call of `only` (default: any but open and close) fails. */
  arm(n: number, mode: FaultMode, only?: (call: StoreCall) => boolean): void;
  /** From now on nothing fails; `count` and `struck` stay as they are. */
  disarm(): void;
  /** The calls counted since the stores were armed last. */
  readonly count: number;
  /** True once a fault has struck since the stores were armed last. */
  readonly struck: boolean;
}

/**
 * Stores whose n-th call fails on purpose: to sweep a program over every place at which its store can fail
 * it. The call rejects with `InjectedFault`, done or not done as the mode says. They begin disarmed.
 *
 *     const faulty = faultyStores(memory());
 *     faulty.arm(3, 'answer-lost', ({ method }) => method === 'events.append');
 */
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
