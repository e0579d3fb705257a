import { isRunchartError, type RunInfo, type Runtime } from '../../index.ts';
import { storedEvents } from '../runs.ts';

/** Logs that are read at once. */
const AT_ONCE = 4;
/** Runs whose last type is remembered. */
const MAX_KEPT = 1_000;

/** The types of the last events of runs: no snapshot has them, so they are read when they are shown. */
export interface LastTypes {
  /** The type of the last event, or of the one before it while that is read; undefined before the first. */
  of(runId: string): string | undefined;
  /** Reads what has changed of these runs, a few at once. Answers whether anything had; rejects as the runtime does. */
  read(infos: readonly RunInfo[]): Promise<boolean>;
}

export function createLastTypes(runtime: Pick<Runtime, 'get'>): LastTypes {
  const kept = new Map<string, { readonly seq: number; readonly type: string }>();
  const readOne = async ({ snapshot: { runId, eventCount } }: RunInfo): Promise<void> => {
    try {
      const run = await runtime.get(runId);
      for await (const { seq, event } of storedEvents(run, eventCount - 1)) {
        kept.set(runId, { seq, type: event.type });
      }
    } catch (error) {
      // It was deleted since: there is nothing to tell of it.
      if (!isRunchartError(error, 'RUN_NOT_FOUND')) throw error;
    }
  };
  return {
    of: (runId) => kept.get(runId)?.type,
    read: async (infos) => {
      const old = infos.filter(
        ({ snapshot }) => (kept.get(snapshot.runId)?.seq ?? 0) < snapshot.eventCount,
      );
      for (let from = 0; from < old.length; from += AT_ONCE) {
        await Promise.all(old.slice(from, from + AT_ONCE).map(readOne));
      }
      if (kept.size > MAX_KEPT) kept.clear();
      return old.length > 0;
    },
  };
}
