/**
 * The model of what a run is, as a product: arbitraries, an independent model of status and log, random
 * commands that compare a runtime with it, and the paths through the chart. Free of any test runner;
 * it needs fast-check and @xstate/graph, which whoever uses it installs.
 *
 * Terminology. A **fact** is what the log says of a run, without its times. The **contract** is the
 * tables of what a run means, written out by hand a second time. A **command** is one call of the
 * public API, done to a runtime and to the model.
 * @module
 */
export { anyEvent, anyJson, refusedEvent, validEvent } from './arbitraries/any-event.ts';
export { activeLog, anyCreated, anyLog, validLog } from './arbitraries/any-log.ts';
export {
  anyProgram,
  defineProgram,
  type Program,
  type ProgramOptions,
  type ProgramStep,
  signalsOf,
} from './arbitraries/any-program.ts';
export { anyRun, anySession, type DrawnRun, type DrawnSession } from './arbitraries/any-run.ts';
export { factsOf, factsOfLog, type RunFacts } from './contract/run-facts.ts';
export {
  COLUMNS,
  EFFECTIVE_TYPES,
  type Outcome,
  outcomeOf,
  STATUS_TABLE,
  statusAfter,
  TABLE_TYPES,
  type TableCell,
  type Verdict,
  verdictOf,
} from './contract/status-table.ts';
export {
  COMMAND_KINDS,
  type CommandsReport,
  runCommands,
  type RuntimeCommands,
  runtimeCommands,
  type RuntimeCommandsOptions,
} from './commands/runtime-commands.ts';
export type { CommandsOptions } from './commands/real-runtimes.ts';
export type { RuntimeCommand } from './commands/command-kind.ts';
export { brokenInvariants } from './sound-log.ts';
export {
  coverage,
  type Coverage,
  type CoverageOptions,
  type CoveredStatus,
  type CoveredTransition,
} from './graph/coverage.ts';
export { coverageTable } from './graph/coverage-table.ts';
export { GRAPH_EVENTS, type ReachedState, reachedStates } from './graph/chart-paths.ts';
