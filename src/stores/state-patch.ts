import type { Json } from '../json.ts';
import type { ChannelValues } from './checkpointer.ts';

/** How one channel changed. Plain JSON. */
export type ChannelPatch =
  | { readonly op: 'set'; readonly value: Json }
  /** In a list: `remove` members from place `at` on make room for `add`. */
  | {
      readonly op: 'splice';
      readonly at: number;
      readonly remove: number;
      readonly add: readonly Json[];
    }
  /** In an object: members to set, and those to drop first. */
  | {
      readonly op: 'merge';
      readonly drop: readonly string[];
      readonly set: Readonly<Record<string, Json>>;
    };

/** The channels that changed, by name, as pairs so that any name is a name. */
export type StatePatch = readonly (readonly [channel: string, patch: ChannelPatch])[];

type JsonObject = Readonly<Record<string, Json>>;

/**
 * What leads from `before` to `after`. A channel that is in `before` MUST be in `after`: nothing drops
 * channels, and a patch cannot say it.
 *
 * Members are compared by reference, and only numbers, texts and the like by value: it costs what a
 * walk over the members of the changed channels costs, and finds little in values that were copied. A
 * patch of a channel is never longer, as JSON text, than setting the channel would be.
 */
export function diffState(before: ChannelValues, after: ChannelValues): StatePatch {
  const patch: [string, ChannelPatch][] = [];
  for (const [channel, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, channel) ? before[channel] : undefined;
    if (old !== value) patch.push([channel, diffChannel(old, value)]);
  }
  return patch;
}

/** The values that the patch makes of `before`, which stays as it is. Members are shared, not copied. */
export function applyPatch(before: ChannelValues, patch: StatePatch): ChannelValues {
  return applyPatches(before, [patch]);
}

/** The same for patches that follow each other: what changes is copied once, not once per patch. */
export function applyPatches(before: ChannelValues, patches: Iterable<StatePatch>): ChannelValues {
  const drafts = new Map<string, Draft>();
  for (const [channel, value] of Object.entries(before)) drafts.set(channel, { value });
  for (const patch of patches) {
    for (const [channel, change] of patch) {
      drafts.set(channel, applyChange(drafts.get(channel), change));
    }
  }
  // A name such as "__proto__" is a mere name: entries define members, and never assign them.
  return Object.fromEntries([...drafts].map(([channel, draft]) => [channel, finish(draft)]));
}

function diffChannel(before: Json | undefined, after: Json): ChannelPatch {
  const set: ChannelPatch = { op: 'set', value: after };
  if (isList(before) && isList(after)) return diffList(before, after) ?? set;
  if (isObject(before) && isObject(after)) return diffObject(before, after) ?? set;
  return set;
}

function diffList(before: readonly Json[], after: readonly Json[]): ChannelPatch | undefined {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && before[at] === after[at]) at += 1;
  let end = 0;
  while (end < shorter - at && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const add = after.slice(at, after.length - end);
  const remove = before.length - at - end;
  const patch: ChannelPatch = { op: 'splice', at, remove, add };
  const more = textLength({ ...patch, add: [] }) - textLength({ op: 'set', value: [] });
  const saves = isLongerThan(more, function* kept() {
    for (let i = 0; i < at; i += 1) yield minLength(after[i]);
    for (let i = after.length - end; i < after.length; i += 1) yield minLength(after[i]);
  });
  return saves ? patch : undefined;
}

function diffObject(before: JsonObject, after: JsonObject): ChannelPatch | undefined {
  const drop = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const members = Object.entries(after);
  const isKept = ([name, member]: [string, Json]): boolean =>
    Object.hasOwn(before, name) && before[name] === member;
  const set = Object.fromEntries(members.filter((member) => !isKept(member)));
  const patch: ChannelPatch = { op: 'merge', drop, set };
  const more = textLength({ ...patch, set: {} }) - textLength({ op: 'set', value: {} });
  const saves = isLongerThan(more, function* kept() {
    for (const member of members) {
      if (isKept(member)) yield minLength(member[0]) + minLength(member[1]);
    }
  });
  return saves ? patch : undefined;
}

function textLength(patch: ChannelPatch): number {
  return JSON.stringify(patch).length;
}

/** Characters that a value takes at least as JSON text: lists and objects are not looked into. */
function minLength(value: Json | undefined): number {
  if (typeof value === 'string') return value.length + 2;
  return value !== null && typeof value === 'object' ? 2 : 1;
}

/** Looks at as few lengths as it takes to know. */
function isLongerThan(limit: number, lengths: () => Iterable<number>): boolean {
  let sum = 0;
  for (const length of lengths()) {
    sum += length;
    if (sum > limit) return true;
  }
  return false;
}

/** A channel on its way through patches: as it was, or a copy of its members that may be changed. */
type Draft =
  | { readonly value: Json }
  | { readonly list: Json[] }
  | { readonly members: Map<string, Json> };

function applyChange(draft: Draft | undefined, change: ChannelPatch): Draft {
  if (change.op === 'set') return { value: change.value };
  if (change.op === 'merge') {
    const members = membersOf(draft);
    for (const name of change.drop) members.delete(name);
    for (const [name, member] of Object.entries(change.set)) members.set(name, member);
    return { members };
  }
  const list = listOf(draft);
  // Not by the arguments of one call: those of a long list are too many.
  const tail = list.splice(change.at).slice(change.remove);
  for (const member of change.add) list.push(member);
  for (const member of tail) list.push(member);
  return { list };
}

function listOf(draft: Draft | undefined): Json[] {
  if (draft !== undefined && 'list' in draft) return draft.list;
  const value = draft && finish(draft);
  return isList(value) ? [...value] : [];
}

function membersOf(draft: Draft | undefined): Map<string, Json> {
  if (draft !== undefined && 'members' in draft) return draft.members;
  const value = draft && finish(draft);
  return new Map(isObject(value) ? Object.entries(value) : []);
}

function finish(draft: Draft): Json {
  if ('list' in draft) return draft.list;
  return 'members' in draft ? Object.fromEntries(draft.members) : draft.value;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
