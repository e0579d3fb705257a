import type { AnyStateMachine } from 'xstate';

type Node = AnyStateMachine['root'];

const UNITS = [
  [24 * 60 * 60 * 1000, 'd'],
  [60 * 60 * 1000, 'h'],
  [60 * 1000, 'min'],
  [1000, 's'],
  [1, 'ms'],
] as const;

/** A number of milliseconds in the units that people say: `14 d`, `1 min 30 s`. */
export function durationText(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? `${ms} ms` : parts.join(' ');
}

/** The name of an action, a guard or a delay; what XState has built in by its word, any other function as `inline`. */
export function partName(part: unknown): string {
  if (typeof part === 'string') return part;
  if (typeof part === 'object' && part !== null && 'type' in part) return String(part.type);
  if (typeof part !== 'function') return String(part);
  const { type, name, guards, check } = part as BuiltIn;
  if (typeof type === 'string') return type.replace(/^xstate\./u, '');
  if (guards !== undefined) return `${name}(${guards.map(partName).join(', ')})`;
  return check === undefined ? 'inline' : name;
}

/** What XState makes of `assign`, `log`, `and`, `not`, `stateIn`. */
interface BuiltIn {
  readonly type?: unknown;
  readonly name: string;
  readonly guards?: readonly unknown[];
  readonly check?: unknown;
}

/** What people call what a state invokes, by its id: the id they gave, or else the name of its logic. */
export function eventNames({ id: stateId, invoke, config }: Node): ReadonlyMap<string, string> {
  const configs = [(config as { readonly invoke?: unknown }).invoke ?? []].flat() as {
    readonly id?: string;
    readonly src?: unknown;
  }[];
  return new Map(
    invoke.map(({ id }, i) => {
      const given = configs[i];
      const src = typeof given?.src === 'string' ? given.src : undefined;
      const isMadeUp = given?.id === undefined && id.endsWith(stateId);
      return [id, isMadeUp ? (src ?? 'inline') : id] as const;
    }),
  );
}
