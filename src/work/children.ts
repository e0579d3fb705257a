import { isRunchartError, RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { AnyDefinition, RunDefinition } from './define-run.ts';
import type { Desk } from './desk.ts';
import type { Step } from './steps.ts';

export interface ChildOptions {
  readonly prompt?: string;
  /** Default: a session of its own. That of a run which waits for the child is refused: INPUT_INVALID. */
  readonly sessionId?: string;
}

/**
 * Starts a run of its own for a part of the work and waits for its result. An attempt that comes later
 * finds the same child again, running or over. Cancelling or failing this run cancels it.
 *
 * Rejects with CHILD_FAILED (its `cause` is the child's error), CHILD_CANCELLED or DEFINITION_UNKNOWN.
 */
export type Child = <Input, Plan, Result>(
  definition: RunDefinition<Input, Plan, Result>,
  ...rest: undefined extends Input
    ? [input?: Input, options?: ChildOptions]
    : [input: Input, options?: ChildOptions]
) => Promise<Result>;

/** A child that was started, or found again. */
export interface ChildRun {
  readonly id: string;
  result(options: { readonly signal: AbortSignal }): Promise<unknown>;
}

export interface ChildPort {
  /** Starts it, or finds the one that was started under the key before. */
  start(
    definition: AnyDefinition,
    input: unknown,
    options: ChildOptions & { readonly idempotencyKey: string },
  ): Promise<ChildRun>;
  /** While the code waits for others to work, its place among the driven runs is theirs. */
  lend(): () => void;
}

export function createChild(desk: Desk, step: Step, port: ChildPort): Child {
  const { signal, record, durably, runId } = desk;
  return async <Result>(
    definition: AnyDefinition,
    input?: unknown,
    options: ChildOptions = {},
  ): Promise<Result> => {
    const name = `child ${definition.name}`;
    return step(name, async ({ idempotencyKey }) => {
      // A store that fails is no fault of the child, and not what this code should go by.
      const child = await durably(() =>
        port.start(definition, input, { ...options, idempotencyKey }),
      );
      const stepId = idempotencyKey.slice(runId.length + 1);
      const event = { type: 'child.started', childRunId: child.id, definition: definition.name };
      await record({ ...event, stepId }, `child ${stepId}`);
      const takeBack = port.lend();
      try {
        return (await durably(() => child.result({ signal }))) as Result & Json;
      } catch (error) {
        throw signal.aborted ? error : ofChild(child.id, error);
      } finally {
        takeBack();
      }
    });
  };
}

function ofChild(childRunId: string, error: unknown): unknown {
  if (isRunchartError(error, 'RUN_CANCELLED')) {
    return new RunchartError('CHILD_CANCELLED', `Child run ${childRunId} was cancelled.`);
  }
  if (!isRunchartError(error, 'RUN_FAILED')) return error;
  const { message } = (error.cause ?? error) as Error;
  return new RunchartError('CHILD_FAILED', `Child run ${childRunId} failed: ${message}`, {
    cause: error.cause,
  });
}
