import type { EventStoreCapabilities, Stores } from '../../stores/index.ts';

/** What a case is given to work on. Whoever runs the case closes and removes all of it. */
export interface CaseStage {
  /** New, empty, open stores that no other case sees. */
  readonly create: () => Promise<Stores>;
  /**
   * Open stores that other cases of the same run write to as well, seen through ids of this case's own:
   * whatever is asked for by an id, a key or a name is empty. What looks at the whole store (a list
   * without a filter, `owners`, contents) is not, and needs `create`.
   */
  readonly shared: () => Promise<Stores>;
  /**
   * Several open handles on the place of `shared`, as several processes have them: for cases that
   * require `shared` of the stores.
   */
  readonly handles: () => Promise<readonly [Stores, Stores, Stores]>;
  /** One more open handle on the place of `stores`, which `create` has answered. */
  readonly another: (stores: Stores) => Promise<Stores>;
}

/** One sentence of a contract, free of any test runner. */
export interface StoreCase {
  /** The sentence. It is unique within its contract. */
  readonly name: string;
  /** The case says nothing about stores that do not declare this of themselves. */
  readonly requires?: keyof EventStoreCapabilities;
  /** It takes seconds, and may be left out of a quick run. */
  readonly isSlow?: true;
  /** Rejects when the sentence is not true of the stores. */
  readonly run: (stage: CaseStage) => Promise<void>;
}
