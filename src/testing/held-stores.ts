import type { Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';

/** Stores that keep calls waiting, and what lets them go on. */
export interface HeldStores {
  readonly stores: Stores;
  /** From now on calls of `method` wait; `events.append` unless told otherwise. */
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

/**
 * Stores that keep calls of one method waiting, before anything of them is done, until they are told
 * otherwise: to look at what a program shows while its store has not answered.
 */
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
