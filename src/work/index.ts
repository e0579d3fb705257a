/**
 * How a definition's code runs: its phases, steps, outputs and checks.
 * @module
 */
export {
  type AnyDefinition,
  type CheckOptions,
  defineRun,
  type ExecuteContext,
  type RunDefinition,
  type VerifyContext,
  type WorkContext,
} from './define-run.ts';
export { toFailure } from './failure.ts';
export { hostRun } from './host-run.ts';
export { insist } from './insist.ts';
export {
  createOutputs,
  type LatestOptions,
  type OutputOptions,
  type OutputPort,
  type RunOutputs,
} from './outputs.ts';
export { type StandardSchema, validate } from './standard-schema.ts';
export { type Step, type StepContext, type StepOptions } from './steps.ts';
