import type { Stores } from '../../../src/stores/index.ts';

export interface StoreFixture {
  /** New, empty, open stores. Who runs the case closes and removes them. */
  readonly create: () => Promise<Stores>;
}

/** One sentence of a contract, free of any test runner. It throws when the sentence is not true. */
export interface StoreCase {
  readonly name: string;
  readonly run: (fixture: StoreFixture) => Promise<void>;
}
