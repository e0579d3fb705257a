/**
 * What lives: the supervisor, the run actors that it owns, and the ways of their events.
 * Ordering, time and side effects are here and nowhere else.
 * @module
 */
export {
  createLanes,
  type Dispatch,
  type DispatchJob,
  type Host,
  type Hosted,
  type Service,
} from './dispatch.ts';
export { draftEvent } from './draft.ts';
export type { RunRequest } from './decide.ts';
export { envelopeOf } from './envelope.ts';
export type { FollowOptions } from './live-feed.ts';
export type { Recorded } from './flight.ts';
export { takenOver } from './get-run.ts';
export { type HostedRun, type Hooks, type Ids, Supervisor } from './supervisor.ts';
export { type Verification, verifyRun } from './verify-run.ts';
