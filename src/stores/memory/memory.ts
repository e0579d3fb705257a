import { RunchartError } from '../../errors.ts';
import type { Stores } from '../stores.ts';
import { MemoryCheckpointer } from './memory-checkpointer.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { MemoryOutputStore } from './memory-output-store.ts';

/** Throws STORE_CLOSED unless the stores are open. */
export type OpenGuard = () => void;

/**
 * Stores that live as long as the returned object. Several runtimes may open the same object: they
 * then share its data as several processes share a database. What was stored outlives `close`.
 */
export function memory(): Stores {
  let opened = 0;
  const assertOpen: OpenGuard = () => {
    if (opened === 0) {
      throw new RunchartError('STORE_CLOSED', 'The memory stores are closed; open them first.');
    }
  };
  const events = new MemoryEventStore(assertOpen);
  const outputs = new MemoryOutputStore(assertOpen);
  const checkpoints = new MemoryCheckpointer(assertOpen);
  return {
    events,
    outputs,
    checkpoints,
    location: 'memory',
    open: async () => {
      opened += 1;
    },
    close: async () => {
      opened = Math.max(0, opened - 1);
    },
    diagnose: async () => {
      assertOpen();
      const facts = { store: 'memory', runs: events.runCount, outputs: outputs.count };
      return { facts, problems: [] };
    },
  };
}
