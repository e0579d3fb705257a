/**
 * How a definition's code runs: its phases and steps, what it remembers, what it waits for.
 * @module
 */
export type { StepTry } from './around-step.ts';
export {
  type AnswerSchema,
  checkAnswer,
  type JsonSchema,
  sayableSchemaOf,
} from './answer-schema.ts';
export {
  appendList,
  appendMessages,
  type Channel,
  channel,
  type Channels,
  findChannel,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  type Reducer,
} from './channels.ts';
export type { SaveCheckpoint } from './checkpoints.ts';
export type { Child, ChildOptions, ChildRun } from './children.ts';
export {
  type AnyDefinition,
  type CheckOptions,
  defineRun,
  type ExecuteContext,
  type RunDefinition,
  type VerifyContext,
  type WorkContext,
} from './define-run.ts';
export { checkpointId, readHistory } from './history.ts';
export { hostRun } from './host-run.ts';
export { type Interrupt, interruptKey, type InterruptOptions } from './interrupts.ts';
export {
  createOutputs,
  createReader,
  type BytesOptions,
  type FileOptions,
  type LatestOptions,
  type OutputLimits,
  type OutputOptions,
  type OutputPort,
  type RunOutputs,
} from './outputs.ts';
export type { MachineRunDefinition } from './machine/define-machine.ts';
export { fromInterrupt, type InterruptQuestion } from './machine/from-interrupt.ts';
export type { SleepUntil } from './sleep.ts';
export { type StandardSchema, validate } from './standard-schema.ts';
export { applyEdits, type RunState } from './state.ts';
export type { Step, StepContext, StepOptions } from './steps.ts';
