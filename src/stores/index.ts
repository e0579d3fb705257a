/**
 * What is remembered: the contracts that every backend keeps.
 * Backends live in folders beside this file and arrive as arguments; nobody in `src` imports one.
 * @module
 */
export type {
  Commit,
  CommitOutcome,
  CommitRefusal,
  CountQuery,
  DueQuery,
  EventPage,
  EventStore,
  EventStoreCapabilities,
  GoneRuns,
  ImportedEvent,
  OwnerLease,
  PageChain,
  PageKeys,
  ReadOptions,
  RunImport,
  RunPage,
  RunOrder,
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
  CheckpointRef,
  ImportedCheckpoint,
  WriteGuard,
} from './checkpointer.ts';
export { chainHash, chainStart } from './hash-chain.ts';
export type { BlobRef, BlobStore, ByteRange } from './blob-store.ts';
export { contentOf } from './output-rules.ts';
export { applyPatch, applyPatches, diffState } from './state-patch.ts';
export type { ChannelPatch, StatePatch } from './state-patch.ts';
export type { StoreReport, Stores } from './stores.ts';
