/**
 * What is remembered: the contracts that every backend keeps.
 * Backends live in folders beside this file and arrive as arguments; nobody in `src` imports one.
 * @module
 */
export type {
  Commit,
  CommitOutcome,
  CommitRefusal,
  EventPage,
  EventStore,
  EventStoreCapabilities,
  OwnerLease,
  ReadOptions,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from './event-store.ts';
export type {
  OutputContent,
  OutputEvent,
  OutputKind,
  OutputQuery,
  OutputRecord,
  OutputScope,
  OutputStore,
} from './output-store.ts';
export type {
  ChannelValues,
  Checkpoint,
  CheckpointDraft,
  Checkpointer,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
} from './checkpointer.ts';
export type { StoreReport, Stores } from './stores.ts';
