import type { AnyStateMachine } from 'xstate';
import { partName } from './chart-names.ts';

/** A machine as code, with what cannot be written. */
export interface MachineCode {
  /** A module that exports `machine`. */
  readonly code: string;
  /** The functions and actors that stood in the machine itself, by the names that they have in the code. */
  readonly inline: Readonly<Record<PartKind, Readonly<Record<string, unknown>>>>;
}

type PartKind = 'actions' | 'guards' | 'actors';

/** What a function or an actor is, by the member that it stands in. */
const KINDS: Readonly<Record<string, PartKind>> = {
  actions: 'actions',
  entry: 'actions',
  exit: 'actions',
  guard: 'guards',
  src: 'actors',
};

/**
 * A machine as code that XState runs and the editor at stately.ai imports: the whole config, with actions, guards,
 * delays and actors by name. What they do is given by `machine.provide`.
 *
 * Inline functions and actors get a name, like `assign 1`. `context`, `input`, `output` and `params` that are functions
 * are left out. A comment says so.
 */
export function machineCode(machine: AnyStateMachine): MachineCode {
  const writer = new Writer();
  const config = writer.plain(machine.config, '', '');
  const names = Object.values(writer.inline).flatMap((parts) => Object.keys(parts));
  const comments = [
    ...(names.length === 0 ? [] : [`Functions without a name are called: ${names.join(', ')}.`]),
    ...(writer.left.length === 0 ? [] : [`Left out, as it is code: ${writer.left.join(', ')}.`]),
  ].map((text) => `// ${text.replaceAll(/[\r\n\u2028\u2029]/gu, ' ')}\n`);
  const head = `import { createMachine } from 'xstate';\n\n${comments.join('')}`;
  return {
    code: `${head}export const machine = createMachine(${JSON.stringify(config, null, 2)});\n`,
    inline: writer.inline,
  };
}

class Writer {
  readonly inline: Record<PartKind, Record<string, unknown>> = {
    actions: {},
    guards: {},
    actors: {},
  };
  readonly left: string[] = [];
  readonly #names = new Map<unknown, string>();

  /** `role`: the member that it stands in; lists and numbers of timers do not count. */
  plain(value: unknown, role: string, path: string): unknown {
    const kind = KINDS[role];
    if (typeof value === 'function' || isLogic(value)) {
      if (kind !== undefined) return this.#name(kind, value);
      this.left.push(path);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((each) => this.plain(each, role, path));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).flatMap(([key, each]) => {
      const below = path === '' ? key : `${path}.${key}`;
      // States and events may be called anything, a member of theirs not.
      const isNamed = role === 'states' || role === 'on' || role === 'after';
      const plain = this.plain(each, isNamed ? '' : key, below);
      return plain === undefined ? [] : [[key, plain] as const];
    });
    return Object.fromEntries(members);
  }

  #name(kind: PartKind, part: unknown): string {
    const known = this.#names.get(part);
    if (known !== undefined) return known;
    const word = kind === 'actors' ? 'actor' : partName(part);
    const name = `${word} ${this.#names.size + 1}`;
    this.#names.set(part, name);
    this.inline[kind][name] = part;
    return name;
  }
}

function isLogic(value: unknown): boolean {
  const { transition, getInitialSnapshot } = Object(value) as Readonly<Record<string, unknown>>;
  return typeof transition === 'function' && typeof getInitialSnapshot === 'function';
}
