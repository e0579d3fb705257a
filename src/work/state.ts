import { RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import { diffState, type ChannelValues, type StatePatch } from '../stores/index.ts';
import {
  checkValue,
  checkWrites,
  findChannel,
  mergeWrites,
  reduceWrites,
  toJson,
  type Channels,
  type ChannelWrite,
} from './channels.ts';
import { createOwnJson, type OwnJson } from './own-json.ts';

/** The names of channels. */
type NameOf<C extends Channels> = keyof C & string;

/** Values for channels, by name, or as pairs where the order or a second write matters. */
export type StateWrites<Name extends string = string> =
  | { readonly [name in Name]?: Json }
  | readonly ChannelWrite<Name>[];

/** What a run knows at the moment, by channel. All values are frozen. */
export interface RunState<C extends Channels = Channels> {
  /** A channel that was not written yet reads as its `initial`. Throws CHANNEL_UNKNOWN. */
  get(name: NameOf<C>): Json;
  /** All channels. */
  values(): { readonly [name in NameOf<C>]: Json };
  /**
   * Writes through the reducers, all or nothing; calls take effect one after the other, in their order.
   * What is written counts as it is at the call. Rejects with CHANNEL_UNKNOWN or CHANNEL_INVALID.
   */
  update(writes: StateWrites<NameOf<C>>): Promise<void>;
}

/** The state of a run as the runtime handles it. Its functions need no `this`. */
export interface State<C extends Channels = Channels> extends RunState<C> {
  /**
   * Replaces everything. Values of channels that are not declared any more, or were added by a fork,
   * stay; declared ones that have no value begin again.
   */
  restore(values: ChannelValues): void;
  /** What leads from what `values` answered earlier, since the last `restore`, to what it answers now. */
  changeSince(previous: ChannelValues): StatePatch;
}

export function createState<C extends Channels>(channels: C): State<C> {
  const own = createOwnJson();
  const initial = initialValues(channels, own);
  let current: ChannelValues = initial;
  let last: Promise<unknown> = Promise.resolve();

  const write = async (writes: readonly ChannelWrite[]): Promise<void> => {
    const checked = await checkWrites(channels, writes, own);
    // No wait in between: what was restored meanwhile is what the writes build on.
    current = Object.freeze(reduceWrites(channels, current, checked, own));
  };

  return {
    get: (name) => {
      if (Object.hasOwn(current, name)) return current[name] ?? null;
      findChannel(channels, name);
      return null;
    },
    values: () => current as { readonly [name in NameOf<C>]: Json },
    update: async (writes) => {
      const copies = toPairs(writes).map(
        ([name, value]) => [name, toJson(name, 'The value', value, own)] as const,
      );
      const done = last.then(() => write(copies));
      last = done.catch(() => {});
      await done;
    },
    restore: (values) => {
      const copies = Object.entries(values).map(([name, value]) => [name, own(value)] as const);
      current = Object.freeze({ ...initial, ...Object.fromEntries(copies) });
    },
    changeSince: (previous) => diffState(previous, current),
  };
}

export interface EditOptions {
  /** True: the edits are writes, as of `update`. Default false: they are the new values. */
  readonly throughReducers?: boolean;
}

/**
 * The values after edits from outside, applied in order: all or nothing. Each is checked by the schema
 * of its channel. Plain edits may add channels; a write to a channel that is not declared rejects with
 * CHANNEL_UNKNOWN.
 */
export async function applyEdits(
  channels: Channels,
  values: ChannelValues,
  edits: StateWrites,
  { throughReducers = false }: EditOptions = {},
): Promise<ChannelValues> {
  const pairs = toPairs(edits);
  if (throughReducers) return mergeWrites(channels, values, pairs);
  const own = createOwnJson();
  const next = new Map(Object.entries(values));
  for (const [name, value] of pairs) {
    const declared = Object.hasOwn(channels, name) ? findChannel(channels, name) : undefined;
    next.set(name, await checkValue(name, value, declared?.schema, own));
  }
  return Object.fromEntries(next);
}

function initialValues(channels: Channels, own: OwnJson): ChannelValues {
  const entries = Object.keys(channels).map((name) => {
    const { initial = null } = findChannel(channels, name);
    return [name, toJson(name, 'Its initial value', initial, own)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}

function toPairs(writes: StateWrites): readonly ChannelWrite[] {
  if (isPairs(writes)) return writes;
  if (typeof writes === 'object' && writes !== null) {
    return Object.entries(writes) as [string, Json][];
  }
  throw new RunchartError(
    'INPUT_INVALID',
    `Expected values by channel, or pairs of channel and value, got ${String(writes)}.`,
  );
}

function isPairs(writes: StateWrites): writes is readonly ChannelWrite[] {
  return Array.isArray(writes);
}
