import { RunchartError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { type ChannelValues, type CheckpointRef, diffState } from '../../stores/index.ts';
import { createOwnJson } from '../own-json.ts';
import { saveOnce } from '../save-once.ts';
import type { Insides } from './insides.ts';
import type { Kept } from './kept.ts';

/** A machine as a checkpoint has it. Everything in it is frozen. */
interface Saved {
  readonly kept: Kept;
  readonly context: ChannelValues;
}

/**
 * Keeps a machine in the checkpoints of its run: the channel `machine`, and one channel for each member
 * of its context, `context.<name>`. So a list in the context that grows costs what is new of it.
 */
export interface Keeper {
  /** The last checkpoint; undefined when there is none. */
  restore(): Promise<Saved | undefined>;
  /** Saves the next one. Answers what an attempt that comes later would begin with. */
  save(kept: Kept, context: object, label: string): Promise<Saved>;
  /** A frozen copy, taken now, of what is to be saved. */
  own(kept: Kept, context: object): Saved;
}

const MACHINE = 'machine';
const CONTEXT = 'context.';

export function createKeeper({ desk, checkpoints: { store, line, epoch } }: Insides): Keeper {
  const { history, runId, attempt, record, durably, clock } = desk;
  const own = createOwnJson();
  /** What the next one is kept as a change of. */
  let last: { readonly ref: CheckpointRef; readonly values: ChannelValues } | undefined;

  const owned = (kept: Kept, context: object): Saved => ({
    kept: own(kept) as unknown as Kept,
    context: own(context) as ChannelValues,
  });

  const say = (ref: CheckpointRef, label: string | null): Promise<number> =>
    record({ type: 'checkpoint.saved', ...ref, label });

  return {
    own: owned,
    restore: async () => {
      const logged = history.lastCheckpoint;
      if (attempt === 1 && logged === undefined) return undefined;
      const found = await durably(() => store.latest(line));
      if (logged !== undefined && (found?.superStep ?? 0) < logged.superStep) {
        throw new RunchartError(
          'CHECKPOINT_NOT_FOUND',
          `The machine of run ${runId} goes on from checkpoint ${logged.superStep}, which is not kept any more.`,
        );
      }
      if (found === undefined) return undefined;
      const { superStep, version, label } = found;
      const values = own(found.values) as ChannelValues;
      last = { ref: { superStep, version }, values };
      // Kept by an attempt that died before it could log it.
      if (logged?.superStep !== superStep) await say(last.ref, label);
      return savedOf(values, runId);
    },
    save: async (kept, context, label) => {
      const channels = channelsOf(owned(kept, context), last?.values ?? {});
      const values = own(channels) as ChannelValues;
      const superStep = (last?.ref.superStep ?? 0) + 1;
      const change = last && { from: last.ref, patch: diffState(last.values, values) };
      const draft = { ...line, superStep, label, createdAtMs: clock.now(), values };
      const whole = change === undefined ? draft : { ...draft, change };
      const { version } = await saveOnce(desk, store, whole, { expectedEpoch: epoch() });
      last = { ref: { superStep, version }, values };
      await say(last.ref, label);
      return savedOf(values, runId);
    },
  };
}

/** A channel stays: a member that is gone is null, and told of. */
function channelsOf({ kept, context }: Saved, before: ChannelValues): ChannelValues {
  const names = Object.keys(before).filter((name) => name.startsWith(CONTEXT));
  const absent = names
    .map((name) => name.slice(CONTEXT.length))
    .filter((name) => !Object.hasOwn(context, name));
  const machine = absent.length === 0 ? kept : { ...kept, absent };
  return Object.fromEntries([
    ...Object.entries(before),
    ...absent.map((name) => [CONTEXT + name, null] as const),
    ...Object.entries(context).map(([name, value]) => [CONTEXT + name, value] as const),
    [MACHINE, machine as unknown as Json] as const,
  ]);
}

function savedOf(values: ChannelValues, runId: string): Saved {
  const machine = values[MACHINE] as Kept | null | undefined;
  if (typeof machine !== 'object' || machine === null || machine.value === undefined) {
    throw new RunchartError(
      'DEFINITION_CHANGED',
      `The last checkpoint of run ${runId} has no machine; it was made by other code.`,
    );
  }
  const { absent = [], ...kept } = machine;
  const members = Object.entries(values)
    .filter(([name]) => name.startsWith(CONTEXT))
    .map(([name, value]) => [name.slice(CONTEXT.length), value] as const)
    .filter(([name]) => !absent.includes(name));
  return { kept, context: Object.freeze(Object.fromEntries(members)) };
}
