/**
 * What a run is: its statechart, its events, and the fold from a log to a snapshot.
 * Pure: no I/O, no clock, no ids.
 * @module
 */
export { runMachine, type RunMachine } from './run-machine.ts';
export {
  ACTIVE_STATUSES,
  type ActiveStatus,
  isRunStatus,
  isTerminal,
  RUN_STATUSES,
  type RunStatus,
  TERMINAL_STATUSES,
  type TerminalStatus,
} from './run-status.ts';
export {
  BUILT_IN_TYPES,
  type BuiltInEvent,
  type BuiltInPayloads,
  type BuiltInType,
  type Check,
  type CheckStatus,
  type Envelope,
  type EventProblem,
  type ForkSource,
  isFailure,
  payloadProblem,
  type RunEvent,
  type RunFailure,
  typeProblem,
} from './run-events.ts';
export {
  type RunFields,
  summarise,
  type VerificationReport,
  type VerificationSummary,
  type WaitingState,
} from './run-fields.ts';
export {
  createSnapshot,
  parseSnapshot,
  type RunSnapshot,
  snapshotJson,
  snapshotJsonAs,
} from './run-snapshot.ts';
export {
  ALPHABET,
  cellOf,
  compileFold,
  foldEvent,
  foldLog,
  type FoldTable,
  isReadByFold,
  stateValueOf,
  statusOf,
} from './fold.ts';
export {
  explainLog,
  type IdleEvents,
  type LateEvent,
  type LogExplainer,
  logExplainer,
  type LogExplanation,
  type PathStep,
} from './explain-log.ts';
export { type Chart, type ChartMove, type ChartNode, chartOf } from './chart-of.ts';
export { isTraceContext, type TraceContext, traceOf } from './trace-context.ts';
export { waitsFor } from './waits-for.ts';
export {
  type ChartState,
  chartTable,
  type ChartTable,
  type ChartTransition,
  diagram,
  type DiagramFormat,
  type DiagramOptions,
  machineDiagram,
  type MachineDiagramOptions,
} from './diagram.ts';
