/**
 * What lives: the supervisor, the run actors that it owns, and the ways of their events.
 * Ordering, time and side effects are here and nowhere else.
 * @module
 */
export {
  createLanes,
  type Dispatch,
  type DispatchJob,
  type DispatchPort,
  type Host,
  type Hosted,
  type Service,
  type Slot,
} from './dispatch.ts';
export type { Changed } from './change-feed.ts';
export { after, type Clock, pause, systemClock, until } from './clock.ts';
export { type Draft, draftEvent } from './draft.ts';
export { FIRST_EPOCH, type RunRequest } from './decide.ts';
export { envelopeOf } from './envelope.ts';
export { type Foresight, foresee } from './foresee.ts';
export { insist } from './insist.ts';
export type { FollowOptions } from './live-feed.ts';
export type { Recorded } from './flight.ts';
export { takenOver } from './get-run.ts';
export type { RecoveryPolicy } from './recovery.ts';
export { type Role, startsForAnybody } from './role.ts';
export { runBefore } from './run-before.ts';
export { isNeverBegun } from './never-begun.ts';
export { Supervisor } from './supervisor.ts';
export type { HostedRun, Hooks, Ids, Performed } from './supervisor-options.ts';
export type { AppendStats } from './append-meter.ts';
export type { DrivenRun } from './driven-runs.ts';
export type { FeedStats } from './live-feed.ts';
export type { AppendSignal, AttemptCause, RuntimeSignal, Tap } from './signals.ts';
export type { DispatchStats, LaneStats, SupervisorStats, SupervisorStatus } from './stats.ts';
