import type { AnyStateMachine, InputFrom, OutputFrom } from 'xstate';
import type { RunDefinition } from '../define-run.ts';
import type { StandardSchema } from '../standard-schema.ts';
import { driveMachine } from './drive.ts';
import { insidesOf } from './insides.ts';
import { refuseUnsupported } from './refusals.ts';

/**
 * A state machine that is the work itself.
 *
 * - It goes on from where it was after a restart, and the time that its `after`s still have to wait is
 *   what is left of it. While it waits for an event or a far instant its run is parked.
 * - It gets what is sent to the run by `run.send({ type, ... })`, in order, each once. What it has no
 *   transition for is gone, as in XState.
 * - Promises that it invokes are steps: one that has ended does not run again, one that had not is run
 *   anew. Leaving the state aborts their signal, and drops what they still answer.
 * - A transition is in the log (`machine.transitioned`) before any of its actions is executed. Actions are
 *   executed at least once, in order, each waited for: all of them again when the process died before the
 *   state that follows was kept. One that throws fails the run. `log` and `emit` are recorded (`log`,
 *   `machine.emitted`), once.
 * - Guards, assigns and delays are asked again in that case, and MUST answer the same: no clock and no
 *   chance in them. Context, events and output are JSON; the context is frozen.
 * - Its final output is the result of the run; an error that nothing in it handles fails the run.
 */
export interface MachineRunDefinition<Machine extends AnyStateMachine> extends Pick<
  RunDefinition,
  'name' | 'version' | 'resumes'
> {
  readonly machine: Machine;
  /** Validates `input` when a run is started. */
  readonly input?: StandardSchema<InputFrom<Machine>>;
}

/** Throws DEFINITION_UNSUPPORTED for a machine that could not be gone on with after a restart. */
export function defineMachine<Machine extends AnyStateMachine>({
  machine,
  ...rest
}: MachineRunDefinition<Machine>): RunDefinition<
  InputFrom<Machine>,
  undefined,
  OutputFrom<Machine>
> {
  refuseUnsupported(machine);
  return {
    ...rest,
    machine,
    execute: async (context) =>
      (await driveMachine(machine, insidesOf(context))) as OutputFrom<Machine>,
  };
}
