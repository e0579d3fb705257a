/**
 * What lives: the supervisor, the run actors that it owns, and the ways of their events.
 * Ordering, time and side effects are here and nowhere else.
 * @module
 */
export { Committer, type CommitSource } from './committer.ts';
export { createLanes, type Dispatch, type DispatchJob, type Host, type Hosted, type Service } from './dispatch.ts';
export { type Draft, draftEvent, MAX_EVENT_BYTES } from './draft.ts';
export { type RunRequest, TERMINAL_TYPES } from './decide.ts';
export { envelopeOf } from './envelope.ts';
export { type FollowOptions, LiveFeed } from './live-feed.ts';
export { type Recorded } from './flight.ts';
export { RunActor, type RunActorHost } from './run-actor.ts';
export { type HostedRun, type Hooks, type Ids, Supervisor } from './supervisor.ts';
export { type Verification, verifyRun } from './verify-run.ts';
