import { useRef } from 'preact/hooks';
import type { Checkpoint, CheckpointMeta } from '../../../stores/checkpointer.ts';
import { type Asked, useAsked } from '../parts/use-asked.ts';
import { type CheckpointRow, checkpointRows } from './checkpoint-rows.ts';
import type { RunStore } from './run-store.ts';

export interface CheckpointsAsked extends Asked<readonly CheckpointMeta[]> {
  readonly rows: readonly CheckpointRow[];
  readonly again: () => void;
}

/** The checkpoints of a run up to `seq`. What the store has is asked for again when the log tells of more. */
export function useCheckpoints(store: RunStore, seq: number): CheckpointsAsked {
  void store.version.value;
  const { checkpoints } = store.model.parts;
  const last = useRef<readonly CheckpointMeta[]>([]);
  const { asked, again } = useAsked(
    async () => (await store.run).checkpoints.list(),
    `${store.runId} ${checkpoints.length}`,
  );
  const { value } = asked.value;
  if (value !== undefined) last.current = value;
  return { ...asked.value, rows: checkpointRows(checkpoints, last.current, seq), again };
}

/** Values that stay at hand: going back and forth between two asks the store once. */
const KEPT = 6;

/** The values of up to two checkpoints. Nothing else is loaded. */
export function useCheckpointValues(
  store: RunStore,
  rows: readonly (CheckpointRow | null)[],
): { readonly asked: Asked<readonly (Checkpoint | null)[]>; readonly again: () => void } {
  const kept = useRef(new Map<string, Promise<Checkpoint>>());
  const load = (row: CheckpointRow): Promise<Checkpoint> => {
    const key = keyOf(row);
    const found =
      kept.current.get(key) ?? store.run.then((run) => run.checkpoints.load(row.superStep));
    kept.current.delete(key);
    kept.current.set(key, found);
    found.catch(() => kept.current.delete(key));
    for (const old of kept.current.keys()) if (kept.current.size > KEPT) kept.current.delete(old);
    return found;
  };
  const { asked, again } = useAsked(
    () => Promise.all(rows.map(async (row) => (row === null ? null : load(row)))),
    rows.map((row) => (row === null ? '-' : keyOf(row))).join(' '),
  );
  return { asked: asked.value, again };
}

function keyOf({ superStep, version, laterVersion }: CheckpointRow): string {
  return `${superStep}.${laterVersion ?? version}`;
}
