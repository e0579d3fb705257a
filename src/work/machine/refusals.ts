import { jsonProblem } from '../../json.ts';
import { INSIDE } from '../journal.ts';
import { unsupported } from './unsupported.ts';
import { type AnyActorLogic, type AnyStateMachine, foreignKind } from './xstate.ts';

/** What of a state is looked at: its config as XState has read it. */
type Node = AnyStateMachine['root'];

/** An action or a guard as it stands in a config: by name, by name with params, or inline. */
type Part =
  | string
  | ((...args: never[]) => unknown)
  | { readonly type: string; readonly params?: unknown };

/** What XState makes of `raise`, `sendTo`, `and` ...: a function that tells what it is. */
interface BuiltIn {
  readonly type?: string;
  readonly delay?: unknown;
  readonly to?: unknown;
  readonly src?: unknown;
  readonly id?: unknown;
  readonly check?: unknown;
  readonly guards?: readonly Part[];
}

/**
 * Throws DEFINITION_UNSUPPORTED for what cannot be kept over a restart, and for what XState passes over
 * in silence: names that nothing is provided for. What only shows when it happens (`spawn` in assign, a
 * context that is made, actions that are enqueued) fails the run with the same code.
 */
export function refuseUnsupported(machine: AnyStateMachine): void {
  const { context } = machine.config as { readonly context?: unknown };
  const flaw =
    context === undefined || typeof context === 'function'
      ? undefined
      : jsonProblem(context, 'context');
  if (flaw !== undefined) throw unsupported(machine.id, `${flaw}; what is kept has to be JSON`);
  for (const node of nodesBelow(machine.root)) {
    const refusals = new Refusals(machine, `state ${node.id}`);
    for (const invoke of node.invoke) refusals.invoke(invoke, node);
    for (const action of [...node.entry, ...node.exit, ...node.initial.actions]) {
      refusals.action(action);
    }
    for (const delay of Object.keys(node.config.after ?? {})) {
      if (Number.isNaN(Number(delay))) refusals.delay(delay);
    }
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
    for (const { actions, guard } of transitions) {
      for (const action of actions) refusals.action(action);
      if (guard !== undefined) refusals.guard(guard);
    }
  }
}

function* nodesBelow(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesBelow(child);
}

/** What can be wrong in one state. */
class Refusals {
  readonly #machine: AnyStateMachine;
  readonly #where: string;

  constructor(machine: AnyStateMachine, where: string) {
    this.#machine = machine;
    this.#where = where;
  }

  invoke({ id, src, systemId, ...rest }: Node['invoke'][number], { config, invoke }: Node): void {
    const configs = [config.invoke ?? []].flat();
    const given: unknown = configs[invoke.findIndex((one) => one.id === id)]?.src;
    this.#logic(typeof src === 'string' ? src : id, given, id);
    if (systemId !== undefined) {
      throw this.#refusal(
        `invokes ${id} with a systemId, by which nobody finds it after a restart`,
      );
    }
    if ('onSnapshot' in rest && rest.onSnapshot !== undefined) {
      throw this.#refusal(`looks at snapshots of ${id}, which are not kept`);
    }
    if (id.includes(INSIDE)) throw this.#refusal(`invokes ${id}, and an id has no "${INSIDE}"`);
  }

  action(action: Part): void {
    const builtIn = this.#provided('action', action);
    if (builtIn === undefined) return;
    const { type, delay, to, src, id } = builtIn;
    if (typeof delay === 'string') this.delay(delay);
    if (type === 'xstate.sendTo' && typeof to === 'string' && to !== '#_internal') {
      throw this.#refusal(`sends to ${to}, and nobody receives it; only itself can be sent to`);
    }
    if (type !== 'xstate.spawnChild') return;
    if (typeof src !== 'string') {
      throw this.#refusal('spawns inline logic, which is not kept; name it in "actors"');
    }
    if (id === undefined) throw this.#refusal(`spawns ${src} without an id to be found by`);
    this.#logic(src, src, src);
  }

  guard(guard: Part): void {
    for (const inner of this.#provided('guard', guard)?.guards ?? []) this.guard(inner);
  }

  delay(name: string): void {
    if (Object.hasOwn(this.#machine.implementations.delays, name)) return;
    // XState would take it for no delay at all.
    throw this.#refusal(`waits for the delay ${name}, which is not provided`);
  }

  /** The function behind a name, or the inline one; undefined for anything but functions. */
  #provided(kind: 'action' | 'guard', part: Part): BuiltIn | undefined {
    if (typeof part === 'function') return part as BuiltIn;
    const name = typeof part === 'string' ? part : part.type;
    const { actions, guards } = this.#machine.implementations;
    const all: Readonly<Record<string, unknown>> = kind === 'action' ? actions : guards;
    const found = Object.hasOwn(all, name) ? all[name] : undefined;
    if (found === undefined)
      throw this.#refusal(`names the ${kind} ${name}, which is not provided`);
    // A guard may be provided by the name of another.
    if (typeof found !== 'function')
      return kind === 'guard' ? this.#provided(kind, found as Part) : undefined;
    return found as BuiltIn;
  }

  #logic(src: string, given: unknown, id: string): void {
    const { actors } = this.#machine.implementations;
    const logic = (typeof given === 'string' ? actors[src] : given) as AnyActorLogic | undefined;
    if (logic === undefined) throw this.#refusal(`invokes ${src}, which is not provided`);
    const kind = foreignKind(logic);
    if (kind === undefined) return;
    throw this.#refusal(
      `invokes ${id}, which is ${kind}: only promises can be kept over a restart (fromPromise, fromInterrupt)`,
    );
  }

  #refusal(what: string): Error {
    return unsupported(`${this.#machine.id}, ${this.#where}`, what);
  }
}
