import { create, type Delta, type DiffContext, type Filter } from 'jsondiffpatch';
import { textDiff, type TextPiece } from './text-diff.ts';

/** How two values differ, as a tree. */
export type DiffNode =
  | { readonly kind: 'same'; readonly value: unknown }
  | { readonly kind: 'added'; readonly value: unknown }
  | { readonly kind: 'removed'; readonly value: unknown }
  | {
      readonly kind: 'changed';
      readonly before: unknown;
      readonly after: unknown;
      /** Of two long texts: what was taken out and put in. */
      readonly pieces: readonly TextPiece[] | undefined;
    }
  /** The same, at another place of its list. */
  | { readonly kind: 'moved'; readonly value: unknown; readonly from: number }
  | {
      readonly kind: 'branch';
      readonly isArray: boolean;
      readonly members: readonly DiffMember[];
      readonly counts: DiffCounts;
    };

export interface DiffMember {
  readonly name: string;
  readonly node: DiffNode;
}

/** How many values, at any depth, are not what they were. */
export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly moved: number;
}

const NONE: DiffCounts = { added: 0, removed: 0, changed: 0, moved: 0 };
/** Pairs of items up to which the longest common part of two lists is looked for: time and memory grow with it. */
const PAIRS = 1_000_000;
/** Characters from which on a change of a text is shown within it. */
const LONG = 40;

/** Compares two values. Takes time with their size: call it beside the page. */
export function diffValues(before: unknown, after: unknown): DiffNode {
  const patcher = create({
    objectHash: (item) => JSON.stringify(item),
    arrays: { detectMove: true },
  });
  patcher.processor.pipes['diff']?.before('arrays', longLists);
  return nodeOf(before, after, patcher.diff(before, after), patcher);
}

export function countsOf(node: DiffNode): DiffCounts {
  if (node.kind === 'branch') return node.counts;
  return node.kind === 'same' ? NONE : { ...NONE, [node.kind]: 1 };
}

type Patcher = ReturnType<typeof create>;
type Tuple = readonly unknown[];

function nodeOf(before: unknown, after: unknown, delta: Delta, patcher: Patcher): DiffNode {
  if (delta === undefined) return { kind: 'same', value: after };
  if (Array.isArray(delta)) return leafOf(delta);
  const isArray = (delta as { readonly _t?: unknown })._t === 'a' && Array.isArray(after);
  const members = isArray
    ? itemsOf(before as Tuple, after as Tuple, delta as ArrayDelta, patcher)
    : membersOf(before as Members, after as Members, delta as Members, patcher);
  return branchOf(isArray, members);
}

type Members = Readonly<Record<string, unknown>>;
type ArrayDelta = Readonly<Record<string, Delta>>;

function leafOf(delta: Tuple): DiffNode {
  const [first, second] = delta;
  if (delta.length === 1) return { kind: 'added', value: first };
  if (delta.length === 3) return { kind: 'removed', value: first };
  return changeOf(first, second);
}

function changeOf(before: unknown, after: unknown): DiffNode {
  const isText =
    typeof before === 'string' &&
    typeof after === 'string' &&
    Math.min(before.length, after.length) > 0 &&
    Math.max(before.length, after.length) >= LONG;
  return {
    kind: 'changed',
    before,
    after,
    pieces: isText ? textDiff(before, after) : undefined,
  };
}

function membersOf(
  before: Members,
  after: Members,
  delta: Members,
  patcher: Patcher,
): readonly DiffMember[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.map((name) => ({
    name,
    node: nodeOf(before[name], after[name], delta[name] as Delta, patcher),
  }));
}

/**
 * The items as they are now, and between them those that are gone. One that went and one that came at the same
 * place are one that changed, if they are alike enough to be compared.
 */
function itemsOf(
  before: Tuple,
  after: Tuple,
  delta: ArrayDelta,
  patcher: Patcher,
): readonly DiffMember[] {
  const gone = new Set<number>();
  const movedFrom = new Map<number, number>();
  for (const [key, change] of Object.entries(delta)) {
    if (!key.startsWith('_') || key === '_t') continue;
    const tuple = change as Tuple;
    if (tuple[2] === 3) movedFrom.set(Number(tuple[1]), Number(key.slice(1)));
    else gone.add(Number(key.slice(1)));
  }
  const members: DiffMember[] = [];
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    const change = delta[String(index)];
    const cameHere = Array.isArray(change) && index < after.length;
    if (gone.has(index) && cameHere && areAlike(before[index], after[index])) {
      members.push({ name: String(index), node: itemChange(before[index], after[index], patcher) });
      continue;
    }
    if (gone.has(index)) {
      members.push({ name: String(index), node: { kind: 'removed', value: before[index] } });
    }
    if (index >= after.length) continue;
    const from = movedFrom.get(index);
    const node: DiffNode =
      from === undefined
        ? nodeOf(undefined, after[index], change, patcher)
        : { kind: 'moved', value: after[index], from };
    members.push({ name: String(index), node });
  }
  return members;
}

function itemChange(before: unknown, after: unknown, patcher: Patcher): DiffNode {
  return nodeOf(before, after, patcher.diff(before, after), patcher);
}

/** Of the same kind, and objects with at least half of their members in common. */
function areAlike(before: unknown, after: unknown): boolean {
  if (!isObject(before) || !isObject(after)) return typeof before === typeof after;
  if (Array.isArray(before) !== Array.isArray(after)) return false;
  if (Array.isArray(before)) return true;
  const [a, b] = [Object.keys(before), Object.keys(after)];
  const both = a.filter((name) => Object.hasOwn(after, name)).length;
  return both * 2 >= Math.max(a.length, b.length);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function branchOf(isArray: boolean, members: readonly DiffMember[]): DiffNode {
  const counts = { ...NONE };
  for (const { node } of members) {
    const more = countsOf(node);
    counts.added += more.added;
    counts.removed += more.removed;
    counts.changed += more.changed;
    counts.moved += more.moved;
  }
  return { kind: 'branch', isArray, members, counts };
}

/** Lists that are too long to be compared pair by pair: what is in one of them alone came or went. */
const longLists: Filter<DiffContext> = (context) => {
  const { left, right } = context;
  if (!Array.isArray(left) || !Array.isArray(right)) return;
  if (inner(left, right) <= PAIRS) return;
  const [old, young] = [left, right].map((list) => list.map((item) => JSON.stringify(item)));
  const delta: Record<string, unknown> = { _t: 'a' };
  for (const index of only(old as string[], young as string[])) {
    delta[`_${index}`] = [left[index], 0, 0];
  }
  for (const index of only(young as string[], old as string[])) delta[index] = [right[index]];
  context.setResult(Object.keys(delta).length === 1 ? undefined : (delta as Delta)).exit();
};
longLists.filterName = 'longLists';

/** Pairs of items between what both lists begin and end with. */
function inner(left: Tuple, right: Tuple): number {
  if (left.length * right.length <= PAIRS) return 0;
  const shorter = Math.min(left.length, right.length);
  const isSame = (a: unknown, b: unknown): boolean =>
    a === b || (isObject(a) && JSON.stringify(a) === JSON.stringify(b));
  let head = 0;
  while (head < shorter && isSame(left[head], right[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isSame(left.at(-1 - tail), right.at(-1 - tail))) tail += 1;
  return (left.length - head - tail) * (right.length - head - tail);
}

/** The places of what is in `list` more often than in `other`. */
function only(list: readonly string[], other: readonly string[]): readonly number[] {
  const left = new Map<string, number>();
  for (const text of other) left.set(text, (left.get(text) ?? 0) + 1);
  return list.flatMap((text, index) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count > 0 ? [] : [index];
  });
}
