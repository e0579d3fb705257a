import type { Json } from '../json.ts';
import type { CheckStatus, RunEvent } from '../machines/index.ts';
import type { RunOutputs } from './outputs.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Step } from './steps.ts';

/** What code of a definition can see and do in every phase. */
export interface WorkContext<Input> {
  readonly runId: string;
  readonly sessionId: string;
  readonly input: Input;
  readonly prompt: string;
  /** Counted from 1; a crash or a retry begins the next. */
  readonly attempt: number;
  /** Aborted when the run is over, was taken over, or the runtime closes. Pass it on to whatever can wait. */
  readonly signal: AbortSignal;
  /** Does a named piece of work and records its start and end. */
  readonly step: Step;
  /** Records an event of your own; resolves with its `seq` once it is durable. */
  emit(event: RunEvent): Promise<number>;
  /** Records a line for people. */
  log(message: string, data?: Json): Promise<number>;
  readonly outputs: RunOutputs;
}

export interface ExecuteContext<Input, Plan> extends WorkContext<Input> {
  /** What `plan` answered; undefined without a `plan`. */
  readonly plan: Plan;
}

export interface CheckOptions {
  /** False: the run may complete though this check needs review. Default true. */
  readonly required?: boolean;
  readonly evidence?: Json;
}

export interface VerifyContext<Input, Plan, Result> extends ExecuteContext<Input, Plan> {
  /** What `execute` answered. */
  readonly result: Result;
  /** Reports one check: `true` is passed, `false` is failed. */
  check(name: string, outcome: boolean | CheckStatus, options?: CheckOptions): void;
}

type MaybePromise<T> = T | Promise<T>;

/** Named code that does a run's work. Each phase is a status of the run. */
export interface RunDefinition<Input = unknown, Plan = unknown, Result = unknown> {
  readonly name: string;
  /** Which state of the code this is; kept with each run. */
  readonly version?: string;
  /** Validates `input` when a run is started. */
  readonly input?: StandardSchema<Input>;
  /** planning: what is to be done. Its answer MUST be JSON. */
  plan?(context: WorkContext<Input>): MaybePromise<Plan>;
  /** executing: the work. Its answer MUST be JSON or nothing, and becomes the run's result. */
  execute(context: ExecuteContext<Input, Plan>): MaybePromise<Result>;
  /** verifying: the run completes only if every check passes; else it fails with VERIFICATION_FAILED. */
  verify?(context: VerifyContext<Input, Plan, Result>): MaybePromise<void>;
}

/** Any definition, whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of definitions has no common input
export type AnyDefinition = RunDefinition<any, any, any>;

/**
 * Names code that does a run's work.
 * What runs between two steps may run again after a crash: side effects are at least once.
 */
export function defineRun<Input = undefined, Plan = undefined, Result = void>(
  definition: RunDefinition<Input, Plan, Result>,
): RunDefinition<Input, Plan, Result> {
  if (definition.name === '') throw new TypeError('Expected a name for the definition, got ""');
  return definition;
}
