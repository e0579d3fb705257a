import { jsonProblem } from '../../json.ts';
import type { ChannelValues } from '../../stores/index.ts';
import type { Kept } from './kept.ts';
import { unsupported } from './unsupported.ts';
import {
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  type ExecutableActionObject,
  foreignKind,
  pureScope,
} from './xstate.ts';

/** What a transition asks for, beside the next state. */
export type Effect =
  | {
      readonly kind: 'timer';
      readonly id: string | null;
      readonly delayMs: number;
      readonly event: EventObject;
    }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'invoke'; readonly id: string }
  | { readonly kind: 'stop'; readonly id: string }
  | { readonly kind: 'mail'; readonly event: EventObject }
  | { readonly kind: 'log'; readonly label: string | undefined; readonly value: unknown }
  | { readonly kind: 'emit'; readonly event: EventObject }
  | { readonly kind: 'act'; readonly act: () => unknown };

export interface Transition {
  readonly snapshot: AnyMachineSnapshot;
  readonly effects: readonly Effect[];
}

/** The part of a snapshot that the channel `machine` keeps. */
export type KeptSnapshot = Pick<Kept, 'status' | 'value' | 'history' | 'children' | 'output'>;

/** A machine as it is driven here: purely, with its side effects as data. */
export interface Chart {
  begin(input: unknown): Transition;
  /** undefined: the machine has nothing to do on the event. Throws what its guards and assigns throw. */
  next(snapshot: AnyMachineSnapshot, event: EventObject): Transition | undefined;
  restore(kept: KeptSnapshot, context: ChannelValues): AnyMachineSnapshot;
  /** The logic that was invoked under that id, with its input. */
  invoked(
    snapshot: AnyMachineSnapshot,
    id: string,
  ): { readonly logic: AnyActorLogic; readonly input: unknown };
}

/** `send` gets what actions send to the machine by `self.send`. */
export function createChart(machine: AnyStateMachine, send: (event: EventObject) => void): Chart {
  const { scope, take } = pureScope(machine.id, send);
  const made = (snapshot: AnyMachineSnapshot): Transition => {
    if (snapshot.status === 'error') throw snapshot.error;
    return { snapshot, effects: take().flatMap((action) => effectOf(machine, action, scope.self)) };
  };
  return {
    begin: (input) => {
      take();
      return made(machine.getInitialSnapshot(scope, input));
    },
    next: (snapshot, event) => {
      take();
      const transition = made(machine.transition(snapshot, event, scope));
      const isNothing = transition.snapshot === snapshot && transition.effects.length === 0;
      return isNothing ? undefined : transition;
    },
    restore: ({ status, value, history, children, output }, context) =>
      machine.restoreSnapshot(
        {
          status,
          value,
          historyValue: history,
          children,
          context,
          output,
          error: undefined,
        } as never,
        scope,
      ),
    invoked: ({ children }, id) => {
      const child = children[id];
      if (child === undefined)
        throw new TypeError(`Expected ${id} among the children of the machine`);
      const { logic } = child as unknown as { readonly logic: AnyActorLogic };
      return { logic, input: (child.getSnapshot() as { readonly input?: unknown }).input };
    },
  };
}

/** The snapshot as XState persists it, in the shape that is kept; throws DEFINITION_UNSUPPORTED. */
export function keptOf(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): KeptSnapshot {
  const persisted = machine.getPersistedSnapshot(snapshot) as unknown as Persisted;
  const { status, value, historyValue, children, output } = persisted;
  for (const [id, { snapshot: child }] of Object.entries(children)) {
    checkJson(machine.id, child.input, `input of ${id}`);
  }
  return {
    status,
    value,
    history: historyValue,
    children,
    ...(output !== undefined && { output }),
  } as KeptSnapshot;
}

/** Throws DEFINITION_UNSUPPORTED for what would not come back from a checkpoint as it was. */
export function checkJson(id: string, value: unknown, what: string): void {
  const flaw = value === undefined ? undefined : jsonProblem(value, what);
  if (flaw !== undefined) throw unsupported(id, `${flaw}; what is kept has to be JSON`);
}

interface Persisted {
  readonly status: string;
  readonly value: unknown;
  readonly historyValue: unknown;
  readonly children: Readonly<Record<string, { readonly snapshot: { readonly input?: unknown } }>>;
  readonly output?: unknown;
}

function effectOf(
  machine: AnyStateMachine,
  { type, params, exec, info }: ExecutableActionObject,
  self: unknown,
): readonly Effect[] {
  const { id, delay, event, sendId, to, actorRef, label, value, src } = (params ?? {}) as Params;
  switch (type) {
    case 'xstate.raise':
      // Without a delay the transition has had it already.
      return typeof delay === 'number' ? [timer(machine, id, delay, event)] : [];
    case 'xstate.cancel':
      return [{ kind: 'cancel', id: String(sendId) }];
    case 'xstate.sendTo':
      if (to !== self)
        throw unsupported(
          machine.id,
          `sendTo(${nameOf(to)}) reaches nobody; only itself can be sent to`,
        );
      return typeof delay === 'number'
        ? [timer(machine, id, delay, event)]
        : [{ kind: 'mail', event: checkedEvent(machine, event) }];
    case 'xstate.spawnChild':
      return [invocation(machine, src, id, actorRef)];
    case 'xstate.stopChild': {
      const ref = params as { readonly id?: string } | undefined;
      return ref?.id === undefined ? [] : [{ kind: 'stop', id: ref.id }];
    }
    case 'xstate.log':
      return [{ kind: 'log', label, value }];
    case 'xstate.emit':
      return [{ kind: 'emit', event: checkedEvent(machine, event) }];
    default:
      if (exec === undefined) throw unsupported(machine.id, `the action ${type} is not provided`);
      return [{ kind: 'act', act: () => exec(info, params) }];
  }
}

/** What the actions of XState carry. */
interface Params {
  readonly id?: unknown;
  readonly delay?: unknown;
  readonly event?: EventObject;
  readonly sendId?: unknown;
  readonly to?: unknown;
  readonly actorRef?: { readonly id: string; readonly logic: AnyActorLogic };
  readonly src?: unknown;
  readonly label?: string;
  readonly value?: unknown;
}

/** An invocation of a state, or `spawnChild` of logic that could be one. */
function invocation(
  { id: machineId }: AnyStateMachine,
  src: unknown,
  id: unknown,
  actor: Params['actorRef'],
): Effect {
  if (typeof src !== 'string') {
    throw unsupported(machineId, 'spawnChild of inline logic is not kept; name it in "actors"');
  }
  if (actor === undefined) throw unsupported(machineId, `the actor ${src} is not provided`);
  if (id === undefined)
    throw unsupported(machineId, `spawnChild of ${src} needs an id to be found by`);
  const kind = foreignKind(actor.logic);
  if (kind !== undefined)
    throw unsupported(machineId, `${actor.id} is ${kind}; only promises are kept`);
  return { kind: 'invoke', id: actor.id };
}

function timer(
  machine: AnyStateMachine,
  id: unknown,
  delayMs: number,
  event: EventObject | undefined,
): Effect {
  const checked = checkedEvent(machine, event);
  if (!Number.isFinite(delayMs)) {
    throw unsupported(
      machine.id,
      `the delay of ${checked.type} is ${delayMs}, and no number of milliseconds`,
    );
  }
  return { kind: 'timer', id: typeof id === 'string' ? id : null, delayMs, event: checked };
}

function checkedEvent(machine: AnyStateMachine, event: EventObject | undefined): EventObject {
  if (event === undefined)
    throw new TypeError('Expected an action of XState with an event, got none');
  checkJson(machine.id, event, `event ${event.type}`);
  return event;
}

function nameOf(actor: unknown): string {
  return String((actor as { readonly id?: unknown } | undefined)?.id ?? actor);
}
