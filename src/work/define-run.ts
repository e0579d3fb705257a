import type { AnyStateMachine, InputFrom, OutputFrom } from 'xstate';
import type { Json } from '../json.ts';
import type { CheckStatus, RunEvent } from '../machines/index.ts';
import type { Channels } from './channels.ts';
import type { SaveCheckpoint } from './checkpoints.ts';
import type { Child } from './children.ts';
import type { Interrupt } from './interrupts.ts';
import { defineMachine, type MachineRunDefinition } from './machine/define-machine.ts';
import type { RunOutputs } from './outputs.ts';
import type { SleepUntil } from './sleep.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { RunState } from './state.ts';
import type { Step } from './steps.ts';

/** What code of a definition can see and do in every phase. */
export interface WorkContext<Input, State extends Channels = Channels> {
  readonly runId: string;
  readonly sessionId: string;
  readonly input: Input;
  readonly prompt: string;
  /** Counted from 1; a crash or a retry begins the next. */
  readonly attempt: number;
  /** Aborted when the run is over, was taken over, or the runtime closes. Pass it on to whatever can wait. */
  readonly signal: AbortSignal;
  /** Does a named piece of work, and remembers its result for the attempts to come. */
  readonly step: Step;
  readonly sleepUntil: SleepUntil;
  /** Asks a person, or another program, and waits for the answer. */
  readonly interrupt: Interrupt;
  /** Resolves with the next thing that was sent to the run by `run.send`, in order, each once. */
  receive(): Promise<Json>;
  /** Starts a run for a part of the work, and waits for its result. */
  readonly child: Child;
  /** The channels of the definition's `state`. What is written is kept by the next checkpoint. */
  readonly state: RunState<State>;
  readonly checkpoint: SaveCheckpoint;
  /** Ids of outputs of other runs that this one was given to work on. */
  readonly inputs: readonly string[];
  /** Says that the work is alive. Recorded at most every 10 seconds, and only if nothing else was. */
  heartbeat(note?: Json): Promise<void>;
  /** Records an event of your own; resolves with its `seq` once it is durable. */
  emit(event: RunEvent): Promise<number>;
  /** Records a line for people. */
  log(message: string, data?: Json): Promise<number>;
  readonly outputs: RunOutputs;
}

export interface ExecuteContext<Input, Plan, State extends Channels = Channels> extends WorkContext<
  Input,
  State
> {
  /** What `plan` answered; undefined without a `plan`. */
  readonly plan: Plan;
}

export interface CheckOptions {
  /** False: the run may complete though this check needs review. Default true. */
  readonly required?: boolean;
  readonly evidence?: Json;
}

export interface VerifyContext<
  Input,
  Plan,
  Result,
  State extends Channels = Channels,
> extends ExecuteContext<Input, Plan, State> {
  /** What `execute` answered. */
  readonly result: Result;
  /** Reports one check: `true` is passed, `false` is failed. */
  check(name: string, outcome: boolean | CheckStatus, options?: CheckOptions): void;
}

type MaybePromise<T> = T | Promise<T>;

/** Named code that does a run's work. Each phase is a status of the run. */
export interface RunDefinition<
  Input = unknown,
  Plan = unknown,
  Result = unknown,
  State extends Channels = Channels,
> {
  readonly name: string;
  /**
   * Which state of the code this is; kept with each run. Runs of another version are left alone, by
   * attempts to come, unless `resumes` names it.
   */
  readonly version?: string;
  /** Earlier versions whose runs this code can go on with. */
  readonly resumes?: readonly string[];
  /** Validates `input` when a run is started. */
  readonly input?: StandardSchema<Input>;
  /** What the run knows, by channel; each has a reducer that says how a write changes it. */
  readonly state?: State;
  /** The state machine that is the work, if it is one: what `defineRun({ machine })` was given. */
  readonly machine?: AnyStateMachine;
  /** planning: what is to be done. Its answer MUST be JSON. */
  plan?(context: WorkContext<Input, State>): MaybePromise<Plan>;
  /** executing: the work. Its answer MUST be JSON or nothing, and becomes the run's result. */
  execute(context: ExecuteContext<Input, Plan, State>): MaybePromise<Result>;
  /** verifying: the run completes only if every check passes; else it fails with VERIFICATION_FAILED. */
  verify?(context: VerifyContext<Input, Plan, Result, State>): MaybePromise<void>;
}

/** Any definition, whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of definitions has no common input
export type AnyDefinition = RunDefinition<any, any, any, any>;

/** A run whose work is a state machine of XState; throws DEFINITION_UNSUPPORTED for what cannot be kept. */
export function defineRun<Machine extends AnyStateMachine>(
  definition: MachineRunDefinition<Machine>,
): RunDefinition<InputFrom<Machine>, undefined, OutputFrom<Machine>>;
/**
 * Names code that does a run's work.
 * What runs between two steps may run again after a crash: side effects are at least once.
 */
export function defineRun<
  Input = undefined,
  Plan = undefined,
  Result = void,
  State extends Channels = Channels,
>(definition: RunDefinition<Input, Plan, Result, State>): RunDefinition<Input, Plan, Result, State>;
export function defineRun(
  definition: AnyDefinition | MachineRunDefinition<AnyStateMachine>,
): AnyDefinition {
  if (definition.name === '') throw new TypeError('Expected a name for the definition, got ""');
  return isOfMachine(definition) ? defineMachine(definition) : definition;
}

function isOfMachine(
  definition: AnyDefinition | MachineRunDefinition<AnyStateMachine>,
): definition is MachineRunDefinition<AnyStateMachine> {
  return definition.machine !== undefined && !('execute' in definition);
}
