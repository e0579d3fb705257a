import type { Checkpointer } from './checkpointer.ts';
import type { EventStore } from './event-store.ts';
import type { OutputStore } from './output-store.ts';

/** What a backend is: the three stores over one place, opened and closed together. */
export interface Stores {
  readonly events: EventStore;
  readonly outputs: OutputStore;
  readonly checkpoints: Checkpointer;
  /** Where the data is, for people: `sqlite:runs.db`, `memory`. */
  readonly location: string;
  /** Opens, creates or migrates the data. MUST be awaited before any other call. */
  open(): Promise<void>;
  /** Ends everything that `open` began. Calls still under way settle first. */
  close(): Promise<void>;
  /** What there is to say about the store's health; empty when all is well. */
  diagnose(): Promise<StoreReport>;
}

export interface StoreReport {
  /** Facts in the order to print them: versions, sizes in bytes, counts. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly problems: readonly string[];
}
