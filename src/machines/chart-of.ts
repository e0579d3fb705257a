import { type AnyStateMachine, createMachine, type MachineConfig } from 'xstate';
import { durationText, eventNames, partName } from './chart-names.ts';

/** One state of a machine. */
export interface ChartNode {
  /** The path from the root, like `active.planning`; the root itself, where it is listed, is "". */
  readonly id: string;
  readonly name: string;
  /** The `id` of the state around it; null at the top. */
  readonly parent: string | null;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** True for the state that its parent begins in. */
  readonly initial: boolean;
  /** What it has running while it is active, by the names that their events carry. */
  readonly invokes?: readonly string[];
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
}

/** One way that a machine can go. */
export interface ChartMove {
  /** Unique in its chart, and the same each time that the same machine is looked at. */
  readonly id: string;
  readonly from: string;
  /** null: it stays where it is, and only actions run. */
  readonly to: string | null;
  /** The type of the event as XState has it; "" for what needs none. */
  readonly event: string;
  /** The event for people: `after 2 h`, `charge fails`. */
  readonly label: string;
  readonly guard?: string;
  readonly actions: readonly string[];
  /** True where the state is left and entered again. */
  readonly reenters?: true;
}

/** A machine as plain JSON. States stand in the order of the machine, each after the one around it. */
export interface Chart {
  readonly id: string;
  readonly states: readonly ChartNode[];
  readonly transitions: readonly ChartMove[];
}

type Node = AnyStateMachine['root'];
type Transition = NonNullable<Node['always']>[number];
// oxlint-disable-next-line typescript/no-explicit-any -- a config of any machine
export type AnyMachineConfig = MachineConfig<any, any, any, any, any, any, any, any, any, any, any>;

/**
 * The states and transitions of a machine, or of the config of one.
 *
 * The root is a state of the chart only where it has something to show: where it is parallel, takes events, or
 * has something running. Inline functions have no name of their own and are called `inline`.
 */
export function chartOf(machine: AnyStateMachine | AnyMachineConfig): Chart {
  const { id, root } = isMachine(machine) ? machine : createMachine(machine);
  const nodes = [...nodesBelow(root)].filter((node) => node !== root || isShown(root));
  const transitions = nodes.flatMap(movesOf);
  return {
    id,
    states: nodes.map((node) => stateOf(node, isShown(root))),
    transitions: transitions.map((move, i) => ({ id: `t${i + 1}`, ...move })),
  };
}

/** By its shape: the machine may be of another copy of XState. */
function isMachine(value: AnyStateMachine | AnyMachineConfig): value is AnyStateMachine {
  return 'root' in value && 'transition' in value;
}

function* nodesBelow(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesBelow(child);
}

function isShown(root: Node): boolean {
  return (
    root.type !== 'compound' ||
    root.invoke.length > 0 ||
    Object.values(ownActions(root)).flat().length > 0 ||
    movesOf(root).length > 0
  );
}

/** A dot inside of a name has a backslash before it, so that no two states have one id. */
function idOf({ path }: Node): string {
  return path.map((key) => key.replaceAll(/[\\.]/gu, '\\$&')).join('.');
}

function stateOf(node: Node, hasRoot: boolean): ChartNode {
  const { key, parent, type, invoke } = node;
  const { entry, exit } = ownActions(node);
  const isTop = parent === undefined || (parent.parent === undefined && !hasRoot);
  const names = eventNames(node);
  return {
    id: idOf(node),
    name: key,
    parent: isTop ? null : idOf(parent),
    type,
    initial: parent?.type === 'compound' && parent.initial.target.includes(node),
    ...(invoke.length > 0 && { invokes: invoke.map(({ id }) => names.get(id) ?? id) }),
    ...(entry.length > 0 && { entry: entry.map(partName) }),
    ...(exit.length > 0 && { exit: exit.map(partName) }),
  };
}

/** As they stand in the config: XState adds what keeps its timers. */
function ownActions({ config }: Node): { readonly entry: unknown[]; readonly exit: unknown[] } {
  const { entry = [], exit = [] } = config as { readonly entry?: unknown; readonly exit?: unknown };
  return { entry: [entry].flat(), exit: [exit].flat() };
}

function movesOf(node: Node): Omit<ChartMove, 'id'>[] {
  if (node.type === 'history') return defaultOf(node);
  const delays = new Map(node.after.map(({ eventType, delay }) => [eventType, delay]));
  const all = [...(node.always ?? []), ...[...node.transitions.values()].flat()] as Transition[];
  return all.flatMap((transition): Omit<ChartMove, 'id'>[] => {
    const { target, eventType, guard, actions, reenter } = transition;
    const from = idOf(node);
    const move = {
      from,
      event: String(eventType),
      label: labelOf(node, String(eventType), delays.get(eventType)),
      ...(guard !== undefined && { guard: partName(guard) }),
      actions: actions.map(partName),
    };
    if (target === undefined) return [{ ...move, to: null }];
    return target.map((to) => ({
      ...move,
      to: idOf(to),
      ...(reenter && to === node && { reenters: true as const }),
    }));
  });
}

/** Where a history state leads as long as there is nothing to remember. */
function defaultOf(node: Node): Omit<ChartMove, 'id'>[] {
  const { target } = node.config as { readonly target?: string };
  if (target === undefined || node.parent === undefined) return [];
  const path = target.split('.');
  let to: Node | undefined = path[0] === '' ? node : node.parent;
  for (const key of path) if (key !== '') to = to?.states[key];
  if (to === undefined) return [];
  return [{ from: idOf(node), to: idOf(to), event: '', label: 'at first', actions: [] }];
}

function labelOf(node: Node, event: string, delay: unknown): string {
  if (delay !== undefined) {
    return `after ${typeof delay === 'number' ? durationText(delay) : partName(delay)}`;
  }
  if (event === '') return 'always';
  if (event === '*') return 'any other event';
  if (event.startsWith('xstate.done.state.')) return 'done';
  const [, kind = '', id = ''] = /^xstate\.(done|error|snapshot)\.actor\.(.*)$/su.exec(event) ?? [];
  const words: Readonly<Record<string, string>> = {
    done: 'is done',
    error: 'fails',
    snapshot: 'changes',
  };
  const names = eventNames(node);
  return kind === '' ? event : `${names.get(id) ?? id} ${words[kind]}`;
}
