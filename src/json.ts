/** A value that survives JSON.stringify and JSON.parse unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, no white space.
 * Two values are equal exactly when their canonical texts are.
 * `value` MUST be what JSON.parse gives, or built like it; members that are `undefined` are left out.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Freezes a value that came out of JSON.parse, all the way down, so that it can be handed out. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/**
 * What keeps a value from surviving JSON unchanged, with the path to it; undefined when nothing does.
 * Stricter than JSON.stringify, which turns dates, maps, NaN and holes into something else in silence.
 */
export function jsonProblem(
  value: unknown,
  path = 'value',
  above: readonly object[] = [],
): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  }
  if (typeof value !== 'object')
    return `${path} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
  if (above.includes(value)) return `${path} refers back to itself`;
  const inside = [...above, value];
  if (Array.isArray(value)) {
    return firstProblem(
      // Not map: it leaves out the holes.
      Array.from(value, (member: unknown, i) => [member, `${path}[${i}]`] as const),
      inside,
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return `${path} is a ${value.constructor.name}, not a plain object`;
  }
  // A member that is undefined is the same as none, in JSON and here.
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return firstProblem(
    members.map(([key, member]) => [member, `${path}.${key}`]),
    inside,
  );
}

function firstProblem(
  members: readonly (readonly [unknown, string])[],
  above: readonly object[],
): string | undefined {
  for (const [member, path] of members) {
    const problem = jsonProblem(member, path, above);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** True when lists and objects are nested in a value more than `limit` deep. Does not recurse itself. */
export function isNestedDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= limit; depth += 1) {
    level = level.flatMap((member) =>
      member !== null && typeof member === 'object' ? Object.values(member) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}
