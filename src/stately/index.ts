/**
 * Runs in the inspector of Stately, made of their logs.
 * @module
 */
export { inspectRun, type InspectRunOptions } from './inspect-run.ts';
export { inspectRuns, type InspectRunsOptions } from './inspect-runs.ts';
export type { InspectedActor, StatelyInspector } from './stately-inspector.ts';
