import {
  type ActorScope,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
  type EventObject,
  type ExecutableActionObject,
  fromPromise,
  type PromiseActorLogic,
  StateMachine,
} from 'xstate';
import { unsupported } from './unsupported.ts';

/** The only file of the machines of definitions that runs code of XState. */

// oxlint-disable-next-line typescript/no-explicit-any -- a scope fits any logic
type Scope = ActorScope<any, any, any, any>;

export interface PureScope {
  readonly scope: Scope;
  /** The actions of the transition that was computed last, in order. */
  take(): readonly ExecutableActionObject[];
}

/**
 * A scope to compute transitions in. XState's own `transition` and `initialTransition` make an actor of
 * the machine each time, and with it its initial state *without input*: a context that needs its input
 * is made wrongly, and an eventless loop that ends by it never does.
 */
export function pureScope(machineId: string, send: (event: EventObject) => void): PureScope {
  const self = createActor(createMachine({}));
  // Nobody runs it: what is sent to it would be lost in silence.
  self.send = send;
  let actions: ExecutableActionObject[] = [];
  const scope: Scope = {
    self,
    id: self.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: () => {},
    stopChild: () => {},
    emit: () => {},
    // While a transition is computed only `spawn` defers something.
    defer: () => {
      throw unsupported(
        machineId,
        '"spawn" inside assign or context makes an actor that is not kept; invoke it in a state instead',
      );
    },
    actionExecutor: (action) => void actions.push(action),
  };
  return {
    scope,
    take: () => {
      const taken = actions;
      actions = [];
      return taken;
    },
  };
}

export const promiseLogic: <Output, Input>(
  creator: (args: { readonly input: Input; readonly signal: AbortSignal }) => Promise<Output>,
) => PromiseActorLogic<Output, Input> = (creator) => fromPromise(creator);

/** What kind of logic it is; undefined for promises. XState does not mark them, so they are asked. */
export function foreignKind(logic: AnyActorLogic): string | undefined {
  if (logic instanceof StateMachine) return 'a machine';
  const done = {};
  const active = { status: 'active', output: undefined, error: undefined, input: undefined };
  try {
    const resolved: unknown = logic.transition(
      active,
      { type: 'xstate.promise.resolve', data: done },
      { self: {} } as never,
    );
    const { status, output } = resolved as { status?: unknown; output?: unknown };
    if (status === 'done' && output === done) return undefined;
  } catch {
    return 'fromCallback';
  }
  return logic.start === undefined ? 'fromTransition' : 'fromObservable';
}

/** Runs the logic of a promise to its end. Rejects with the signal's reason when that is aborted first. */
export function runPromise(
  logic: AnyActorLogic,
  id: string,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const actor = createActor(logic, { id, input }) as AnyActorRef;
    const stop = (): void => {
      reject(signal.reason);
      // Aborts the signal that the promise's code has, and drops its result.
      (actor as unknown as { stop(): void }).stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    const isOver = (): void => signal.removeEventListener('abort', stop);
    actor.subscribe({
      next: ({ status, output }: { status: string; output?: unknown }) => {
        if (status !== 'done') return;
        isOver();
        resolve(output);
      },
      error: (error: unknown) => {
        isOver();
        reject(error);
      },
    });
    actor.start();
  });
}

export type {
  AnyActorLogic,
  AnyMachineSnapshot,
  AnyStateMachine,
  EventObject,
  ExecutableActionObject,
};
