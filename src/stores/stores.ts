import type { BlobStore } from './blob-store.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { EventStore } from './event-store.ts';
import type { OutputStore } from './output-store.ts';

/** What a backend is: the three stores over one place, opened and closed together. */
export interface Stores {
  readonly events: EventStore;
  readonly outputs: OutputStore;
  readonly checkpoints: Checkpointer;
  readonly blobs: BlobStore;
  /** Where the data is, for people: `sqlite:runs.db`, `memory`. */
  readonly location: string;
  /** Opens, creates or migrates the data. MUST be awaited before any other call. */
  open(): Promise<void>;
  /** Ends everything that `open` began. Calls still under way settle first. */
  close(): Promise<void>;
  /**
   * Deletes runs with all that belongs to them, in one transaction: events, outputs, checkpoints. A run
   * that still has an owner, or that a run which stays was forked from, stays. Answers the ids that were
   * deleted. Their ids and keys are free again; a cursor or a watch from before goes on as if they had
   * never been.
   */
  forget(runIds: readonly string[]): Promise<readonly string[]>;
  /**
   * Gives the space of what was deleted back to the system, without keeping others from writing for
   * long; data of an earlier version may take its time once. STORE_BUSY when others do not let it end.
   */
  compact(): Promise<void>;
  /** What there is to say about the store's health; empty when all is well. */
  diagnose(): Promise<StoreReport>;
  /**
   * Bytes that the data takes, without contents that are files. Cheap: it is asked every second by those who look.
   * Left out by stores that do not know it.
   */
  bytes?(): Promise<number>;
}

export interface StoreReport {
  /** Facts in the order to print them: versions, sizes in bytes, counts. */
  /** null: it could not be read, and `problems` say why. */
  readonly facts: Readonly<Record<string, string | number | null>>;
  readonly problems: readonly string[];
}
