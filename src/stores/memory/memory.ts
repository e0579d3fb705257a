import { RunchartError } from '../../errors.ts';
import { openBlobs } from '../open-blobs.ts';
import type { Stores } from '../stores.ts';
import { checkFence } from '../write-fence.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { MemoryCheckpointer } from './memory-checkpointer.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { MemoryOutputStore } from './memory-output-store.ts';

/** Throws STORE_CLOSED unless the stores are open. */
export type OpenGuard = () => void;

/** Throws OWNER_FENCED when the run has an owner under another epoch. */
export type MemoryFence = (runId: string, expectedEpoch: number | undefined) => void;

export interface MemoryOptions {
  /** Runs that are created get a chain of hashes over their events. Default false. */
  readonly chain?: boolean;
}

/**
 * Stores that live as long as the returned object. Several runtimes may open the same object: they
 * then share its data as several processes share a database. What was stored outlives `close`.
 */
export function memory({ chain = false }: MemoryOptions = {}): Stores {
  let opened = 0;
  const assertOpen: OpenGuard = () => {
    if (opened === 0) {
      throw new RunchartError('STORE_CLOSED', 'The memory stores are closed; open them first.');
    }
  };
  const events = new MemoryEventStore(assertOpen, chain);
  const fence: MemoryFence = (runId, expectedEpoch) =>
    checkFence(runId, events.holdOf(runId), expectedEpoch);
  const outputs = new MemoryOutputStore(assertOpen, fence);
  const checkpoints = new MemoryCheckpointer(assertOpen, fence);
  return {
    events,
    outputs,
    checkpoints,
    blobs: openBlobs(memoryBlobs(), assertOpen),
    location: 'memory',
    open: async () => {
      opened += 1;
    },
    close: async () => {
      opened = Math.max(0, opened - 1);
    },
    forget: async (runIds) => {
      assertOpen();
      const gone = events.forget(runIds);
      for (const runId of gone) {
        outputs.forget(runId);
        checkpoints.forget(runId);
      }
      return gone;
    },
    compact: async () => assertOpen(),
    diagnose: async () => {
      assertOpen();
      const facts = { store: 'memory', runs: events.runCount, outputs: outputs.count };
      return { facts, problems: [] };
    },
  };
}
