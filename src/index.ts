/**
 * runchart: an embeddable actor runtime for runs.
 *
 * Terminology. A **run** is one execution of some work for a **session**, from created to a terminal
 * status. Its **log** holds **events**, each in an **envelope** with a `seq`; its **snapshot** is the
 * fold of the log. A **definition** is named code that does a run's work, in **attempts** that are
 * made of **steps**. Its **owner** is the process that drives it, under an **epoch** that fences off
 * earlier owners. What a run gives out are **outputs**.
 * @module
 */
export { copyStores } from './copy/index.ts';
export type { CopyOptions, CopyReport, CopyStep, LeftOutRun } from './copy/index.ts';
export { createRuntime } from './create-runtime.ts';
export type {
  ChangesOptions,
  CountOptions,
  ForkOptions,
  LeftRun,
  Limits,
  ListOptions,
  OpenOptions,
  OutputReader,
  RunChange,
  RunCounts,
  RunInfo,
  RunList,
  Runtime,
  RuntimeOptions,
  RuntimeReport,
  RuntimeStats,
  StartOptions,
} from './runtime.ts';
export type { ChannelInfo, DefinitionInfo } from './definition-info.ts';
export type { ChartName, ChartOptions, LaidOutChart } from './runtime-charts.ts';
export type { ChartDirection, ChartLayout } from './diagram/index.ts';
export type { Explanation } from './explain-run.ts';
export type { ForkCheck, ForkEdits, ForkKey } from './fork-run.ts';
export type { Birth, NewRun, Telemetry, TelemetryPort } from './telemetry.ts';
export type { LogFields, Logger } from './log-lines.ts';
export type { PruneOptions, PruneReport } from './prune-runs.ts';
export type { InterruptInfo, RunInterrupts } from './run-interrupts.ts';
export type {
  CancelOptions,
  Receipt,
  RecordOptions,
  RepeatOptions,
  Run,
  RunCheckpoints,
} from './run.ts';
export {
  appendList,
  appendMessages,
  channel,
  defineRun,
  fromInterrupt,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
} from './work/index.ts';
export type {
  AnswerSchema,
  AnyDefinition,
  BytesOptions,
  Channel,
  Channels,
  CheckOptions,
  Child,
  ChildOptions,
  ExecuteContext,
  FileOptions,
  Interrupt,
  InterruptOptions,
  InterruptQuestion,
  JsonSchema,
  LatestOptions,
  MachineRunDefinition,
  OutputOptions,
  Reducer,
  RunDefinition,
  RunOutputs,
  RunState,
  SaveCheckpoint,
  SleepUntil,
  StandardSchema,
  Step,
  StepContext,
  StepOptions,
  StepTry,
  VerifyContext,
  WorkContext,
} from './work/index.ts';
export { isRunchartError, RunchartError } from './errors.ts';
export type { RunchartErrorCode } from './errors.ts';
export type { Json } from './json.ts';
export type {
  AppendSignal,
  AppendStats,
  AttemptCause,
  Clock,
  Dispatch,
  DispatchJob,
  DispatchPort,
  DispatchStats,
  DrivenRun,
  FeedStats,
  FollowOptions,
  Foresight,
  Hooks,
  Host,
  Hosted,
  Ids,
  LaneStats,
  RecoveryPolicy,
  Role,
  RuntimeSignal,
  Service,
  Slot,
  SupervisorStats,
  SupervisorStatus,
} from './actors/index.ts';
export type { ChainReport, Verification, VerifyOptions } from './verification/index.ts';
export type {
  Chart,
  ChartMove,
  ChartNode,
  Check,
  CheckStatus,
  Envelope,
  IdleEvents,
  LateEvent,
  LogExplanation,
  PathStep,
  RunEvent,
  RunFailure,
  RunSnapshot,
  RunStatus,
  TerminalStatus,
  TraceContext,
  VerificationReport,
  WaitingState,
} from './machines/index.ts';
export type {
  Checkpoint,
  Checkpointer,
  CheckpointMeta,
  CheckpointRef,
  EventStore,
  OutputContent,
  OutputEvent,
  OutputRecord,
  OutputStore,
  StoreReport,
  Stores,
} from './stores/index.ts';
