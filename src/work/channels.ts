import { RunchartError } from '../errors.ts';
import { type Json, jsonProblem } from '../json.ts';
import type { ChannelValues } from '../stores/index.ts';
import { createOwnJson, type OwnJson } from './own-json.ts';
import { type StandardSchema, validate } from './standard-schema.ts';

/**
 * How a channel takes a write: the value it has and the one written give the next, which MUST be JSON.
 * A reducer MUST NOT change what it is given. What it keeps of the value SHOULD be the very same members
 * (as spreading does): a checkpoint then keeps only what is new.
 */
export type Reducer = (current: Json, incoming: Json) => Json;

export interface ChannelOptions {
  /** Checks each written value; what it makes of the value is what the reducer gets. */
  readonly schema?: StandardSchema;
  /** What the channel reads as, and the first write builds on, until then; default null. */
  readonly initial?: Json;
}

/** One thing that a run knows. */
export interface Channel extends ChannelOptions {
  readonly reduce: Reducer;
}

/** The channels of a definition, by name. A mere function is a channel with that reducer. */
export type Channels = Readonly<Record<string, Channel | Reducer>>;

/** One write to a channel, by name. */
export type ChannelWrite<Name extends string = string> = readonly [channel: Name, value: Json];

/** A channel with a reducer of your own. */
export function channel(reduce: Reducer, options: ChannelOptions = {}): Channel {
  return { ...options, reduce };
}

/** The written value replaces what was there; `null` too. */
export function lastWriteWins(options?: ChannelOptions): Channel {
  return channel(REDUCERS.lastWriteWins, options);
}

/** Lists are joined. What is no list counts as a list of one, and `null` as an empty one. */
export function appendList(options?: ChannelOptions): Channel {
  return channel(REDUCERS.appendList, options);
}

/**
 * Like `appendList`, but a message with the text `id` of an earlier one takes its place.
 * Messages without such an `id` are always added.
 */
export function appendMessages(options?: ChannelOptions): Channel {
  return channel(REDUCERS.appendMessages, options);
}

/** The members of both, the written ones winning; not deep. What is no object counts as an empty one. */
export function mergeMap(options?: ChannelOptions): Channel {
  return channel(REDUCERS.mergeMap, options);
}

/**
 * The one with the higher `ts_ms`, the written one when they are equal.
 * A `ts_ms` that is missing or not a whole number is below all others.
 */
export function maxByTimestamp(options?: ChannelOptions): Channel {
  return channel(REDUCERS.maxByTimestamp, options);
}

/** Each has the name of what makes its channels: a page shows it. */
const REDUCERS = {
  lastWriteWins: (_, incoming) => incoming,
  appendList: (current, incoming) => [...asList(current), ...asList(incoming)],
  appendMessages: (current, incoming) => joinMessages(current, incoming),
  // Spreading defines members and never assigns them, so a member "__proto__" stays a mere member.
  mergeMap: (current, incoming) => ({ ...asObject(current), ...asObject(incoming) }),
  maxByTimestamp: (current, incoming) =>
    timestampOf(incoming) >= timestampOf(current) ? incoming : current,
} satisfies Readonly<Record<string, Reducer>>;

/** The channel of that name; throws CHANNEL_UNKNOWN. */
export function findChannel(channels: Channels, name: string): Channel {
  const found = Object.hasOwn(channels, name) ? channels[name] : undefined;
  if (found !== undefined) return typeof found === 'function' ? { reduce: found } : found;
  const names = Object.keys(channels).join(', ') || 'none';
  throw new RunchartError(
    'CHANNEL_UNKNOWN',
    `There is no channel "${name}"; the channels are ${names}.`,
  );
}

/**
 * The values after all the writes, applied in order: all or nothing. Neither argument is changed.
 * A write to an unknown channel rejects with CHANNEL_UNKNOWN; a value that its schema refuses, a reducer
 * that throws, and a result that is no JSON with CHANNEL_INVALID.
 */
export async function mergeWrites(
  channels: Channels,
  values: ChannelValues,
  writes: readonly ChannelWrite[],
): Promise<ChannelValues> {
  const own = createOwnJson();
  return reduceWrites(channels, values, await checkWrites(channels, writes, own), own);
}

/** The writes as their schemas let them in. */
export async function checkWrites(
  channels: Channels,
  writes: readonly ChannelWrite[],
  own: OwnJson,
): Promise<readonly ChannelWrite[]> {
  const known = writes.map(([name, value]) => [name, value, findChannel(channels, name)] as const);
  const checked: ChannelWrite[] = [];
  for (const [name, value, { schema }] of known) {
    checked.push([name, await checkValue(name, value, schema, own)]);
  }
  return checked;
}

/** The first half of `mergeWrites` is `checkWrites`, this is the second: it waits for nothing. */
export function reduceWrites(
  channels: Channels,
  values: ChannelValues,
  writes: readonly ChannelWrite[],
  own: OwnJson,
): ChannelValues {
  const next = new Map(Object.entries(values));
  for (const [name, incoming] of writes) {
    const { reduce, initial = null } = findChannel(channels, name);
    const current = next.get(name);
    const reduced = callReducer(
      name,
      reduce,
      own(current === undefined ? initial : current),
      incoming,
    );
    next.set(name, toJson(name, 'What the reducer answered', reduced, own));
  }
  return Object.fromEntries(next);
}

/** An own copy of a value for a channel, as its schema lets it in; rejects with CHANNEL_INVALID. */
export async function checkValue(
  name: string,
  value: unknown,
  schema: StandardSchema | undefined,
  own: OwnJson,
): Promise<Json> {
  const copy = toJson(name, 'The value', value, own);
  if (schema === undefined) return copy;
  try {
    return toJson(name, 'What the schema answered', await validate(schema, copy, 'The value'), own);
  } catch (error) {
    if (error instanceof RunchartError && error.code === 'CHANNEL_INVALID') throw error;
    const { message, cause } = error instanceof RunchartError ? error : causeOf(error);
    throw invalid(name, message, cause);
  }
}

/** An own copy; throws CHANNEL_INVALID. */
export function toJson(name: string, what: string, value: unknown, own: OwnJson): Json {
  try {
    return own(value);
  } catch (cause) {
    throw invalid(name, `${what} is not JSON: ${problemOf(value)}`, cause);
  }
}

function callReducer(name: string, reduce: Reducer, current: Json, incoming: Json): unknown {
  try {
    return reduce(current, incoming);
  } catch (error) {
    throw invalid(name, `The reducer failed: ${causeOf(error).message}`, error);
  }
}

function invalid(name: string, what: string, cause: unknown): RunchartError {
  return new RunchartError('CHANNEL_INVALID', `Channel "${name}" was not written. ${what}.`, {
    cause,
  });
}

function causeOf(error: unknown): { readonly message: string; readonly cause: unknown } {
  return { message: error instanceof Error ? error.message : String(error), cause: error };
}

function problemOf(value: unknown): string {
  try {
    return jsonProblem(value) ?? 'it changed meanwhile';
  } catch {
    return 'it has holes, or is nested too deep';
  }
}

function joinMessages(current: Json, incoming: Json): Json {
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
}

function asList(value: Json): readonly Json[] {
  if (value === null) return [];
  return isList(value) ? value : [value];
}

function asObject(value: Json): Readonly<Record<string, Json>> {
  return isObject(value) ? value : {};
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
