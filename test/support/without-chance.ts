import type { Json } from '../../src/index.ts';

/** What begins like an id that was made by chance. */
const ID = /\b(?:run|evt|out|own|int)_[\w-]+/g;
/** Frames of Node itself on a stack, and those that waited: which are told depends on how full its queues were just then. */
const FRAME_OF_NODE =
  /\n +at (?:[^\n]*\(node:[^\n]*\)|async [^\n]*|node:[^\n]*|runNextTicks[^\n]*)(?=\n|$)/g;
/** Instants between the years 2020 and 2096, in epoch milliseconds. */
const isInstant = (value: number): boolean => value > 1.577e12 && value < 4e12;

/**
 * The same data without what differs each time: ids are numbered by their first appearance, and instants are
 * all one. So two ids that were different stay different.
 */
export function withoutChance(data: Json): Json {
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `${id.slice(0, 3)} ${names.size + 1}`;
    names.set(id, name);
    return name;
  };
  const plain = (value: Json): Json => {
    if (typeof value === 'string')
      return value.replaceAll(FRAME_OF_NODE, '').replaceAll(ID, nameOf);
    if (typeof value === 'number') return isInstant(value) ? 'an instant' : value;
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [plain(key), plain(one)]));
  };
  return plain(data);
}
