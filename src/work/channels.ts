import { RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { ChannelValues } from '../stores/index.ts';

/**
 * How a channel takes a write: the value it has and the one written give the next.
 * A channel that was never written has `null`. A reducer MUST NOT change what it is given.
 */
export type Reducer = (current: Json, incoming: Json) => Json;

/** The channels of a definition, by name. */
export type Channels = Readonly<Record<string, Reducer>>;

/** One write to a channel, by name. */
export type ChannelWrite = readonly [channel: string, value: Json];

/** The written value replaces what was there; `null` too. */
export const lastWriteWins: Reducer = (_, incoming) => incoming;

/** Lists are joined. What is no list counts as a list of one, and `null` as an empty one. */
export const appendList: Reducer = (current, incoming) => [...asList(current), ...asList(incoming)];

/**
 * Like `appendList`, but a message with the text `id` of an earlier one takes its place.
 * Messages without such an `id` are always added.
 */
export const appendMessages: Reducer = (current, incoming) => {
  const messages = [...asList(current)];
  const places = new Map<string, number>();
  for (const [place, message] of messages.entries()) {
    const id = idOf(message);
    // The first of several with one id is the one that is replaced.
    if (id !== undefined && !places.has(id)) places.set(id, place);
  }
  for (const message of asList(incoming)) {
    const id = idOf(message);
    const place = (id === undefined ? undefined : places.get(id)) ?? messages.length;
    messages[place] = message;
    if (id !== undefined) places.set(id, place);
  }
  return messages;
};

/** The members of both, the written ones winning; not deep. What is no object counts as an empty one. */
// Spreading defines members and never assigns them, so a member "__proto__" stays a mere member.
export const mergeMap: Reducer = (current, incoming) => ({
  ...(isObject(current) ? current : {}),
  ...(isObject(incoming) ? incoming : {}),
});

/**
 * The one with the higher `ts_ms`, the written one when they are equal.
 * A `ts_ms` that is missing or not a whole number is below all others.
 */
export const maxByTimestamp: Reducer = (current, incoming) =>
  timestampOf(incoming) >= timestampOf(current) ? incoming : current;

/**
 * The values after all the writes, applied in order: all or nothing.
 * A write to an unknown channel throws `CHANNEL_UNKNOWN`. Neither argument is changed.
 */
export function mergeWrites(
  channels: Channels,
  values: ChannelValues,
  writes: readonly ChannelWrite[],
): ChannelValues {
  const next = new Map(Object.entries(values));
  for (const [channel, incoming] of writes) {
    const reducer = Object.hasOwn(channels, channel) ? channels[channel] : undefined;
    if (reducer === undefined) {
      throw new RunchartError(
        'CHANNEL_UNKNOWN',
        `There is no channel "${channel}"; the channels are ${Object.keys(channels).join(', ') || 'none'}.`,
      );
    }
    next.set(channel, reducer(next.get(channel) ?? null, incoming));
  }
  return Object.fromEntries(next);
}

function asList(value: Json): readonly Json[] {
  if (value === null) return [];
  return isList(value) ? value : [value];
}

function idOf(message: Json): string | undefined {
  const id = isObject(message) && Object.hasOwn(message, 'id') ? message['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function timestampOf(value: Json): number {
  const stamp = isObject(value) && Object.hasOwn(value, 'ts_ms') ? value['ts_ms'] : undefined;
  return Number.isSafeInteger(stamp) ? Number(stamp) : -Infinity;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
