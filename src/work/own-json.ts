import type { Json } from '../json.ts';

/**
 * Makes a frozen copy of a JSON value, which nobody can change any more. What it made before is used as
 * it is, so that a value built of such parts costs what is new in it. Throws a TypeError for what JSON
 * would not keep unchanged.
 */
export type OwnJson = (value: unknown) => Json;

export function createOwnJson(): OwnJson {
  const made = new WeakSet();
  const own: OwnJson = (value) => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    // JSON has no -0.
    if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
    if (typeof value !== 'object') throw notJson();
    if (made.has(value)) return value as Json;
    const copy: Json & object = Array.isArray(value) ? ownList(value) : ownObject(value);
    made.add(Object.freeze(copy));
    return copy;
  };
  const ownList = (list: readonly unknown[]): readonly Json[] =>
    // A hole is read as undefined, and refused as such.
    Array.from(list, (member) => own(member));
  const ownObject = (object: object): Json & object => {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) throw notJson();
    const members: [string, Json][] = [];
    for (const [name, member] of Object.entries(object) as [string, unknown][]) {
      // A member that is undefined is the same as none.
      if (member !== undefined) members.push([name, own(member)]);
    }
    return Object.fromEntries(members);
  };
  return own;
}

function notJson(): TypeError {
  return new TypeError('JSON would not keep the value as it is');
}
