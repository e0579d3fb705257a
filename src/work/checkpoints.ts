import type {
  Checkpoint,
  Checkpointer,
  CheckpointLine,
  ChannelValues,
  CheckpointRef,
} from '../stores/index.ts';
import type { Desk } from './desk.ts';
import { toError } from '../failure.ts';
import { checkpointId, type Outcome } from './history.ts';
import { saveOnce } from './save-once.ts';
import type { State } from './state.ts';

/**
 * Ends a super-step: keeps the state as it is now under the next number, counted from 1. An attempt
 * that comes later gets the state of the last checkpoint back when it comes to it, and a fork can
 * begin with any of them.
 */
export type SaveCheckpoint = (label?: string) => Promise<CheckpointRef>;

export interface CheckpointPort {
  readonly store: Checkpointer;
  readonly line: CheckpointLine;
  /** The epoch under which the run is driven. */
  readonly epoch: () => number;
}

export function createCheckpoint(
  desk: Desk,
  state: State,
  { store, line, epoch }: CheckpointPort,
): SaveCheckpoint {
  const { history, journal, presence, record, clock, signal } = desk;
  let superSteps = 0;
  /** What the next one is kept as a change of. */
  let last: { readonly ref: CheckpointRef; readonly values: ChannelValues } | undefined;
  /** The newest in the store, for an attempt that is not the first: it may not be in the log yet. */
  let stored: Promise<Checkpoint | undefined> | undefined;

  const restore = (found: Checkpoint): CheckpointRef => {
    const { superStep, version, values } = found;
    state.restore(values);
    last = { ref: { superStep, version }, values: state.values() };
    return last.ref;
  };

  const save = async (superStep: number, label: string | null): Promise<CheckpointRef> => {
    if (desk.attempt > 1) {
      stored ??= desk.durably(() => store.latest(line));
      const found = await stored;
      // Kept by an attempt that died before it could log it.
      if (found?.superStep === superStep) return restore(found);
    }
    const values = state.values();
    const change = last && { from: last.ref, patch: state.changeSince(last.values) };
    const draft = { ...line, superStep, label, createdAtMs: clock.now(), values };
    const whole = change === undefined ? draft : { ...draft, change };
    const { version } = await saveOnce(desk, store, whole, { expectedEpoch: epoch() });
    last = { ref: { superStep, version }, values };
    return last.ref;
  };

  return (label) =>
    presence.working(async () => {
      signal.throwIfAborted();
      superSteps += 1;
      const superStep = superSteps;
      const { id, outcome } = await journal.take('checkpoint', checkpointId(superStep));
      if (outcome === undefined) {
        const ref = await save(superStep, label ?? null);
        const seq = await record({ type: 'checkpoint.saved', ...ref, label: label ?? null });
        await journal.settle(id, { ok: true, value: { ...ref } }, seq);
        return ref;
      }
      // In between, the code makes the state again by itself.
      if (superStep === history.lastCheckpoint?.superStep) {
        const found = await desk.durably(() => store.load({ ...line, superStep }));
        if (found !== undefined) return restore(found);
      }
      const editedBy = history.edited.get(superStep);
      if (editedBy !== undefined) {
        const from = { ...line, runId: editedBy, superStep };
        const found = await desk.durably(() => store.load(from));
        if (found !== undefined) state.restore(found.values);
      }
      return refOf(outcome);
    });
}

function refOf(outcome: Outcome): CheckpointRef {
  if (!outcome.ok) throw toError(outcome.error);
  return outcome.value as unknown as CheckpointRef;
}
