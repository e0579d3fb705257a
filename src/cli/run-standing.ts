import type { RunInfo, RunSnapshot, WaitingState } from '../index.ts';
import { isTerminal } from '../machines/index.ts';
import { clockTime } from './terminal/time.ts';

/** True for a run that is not over, and that nobody works on though somebody should. */
export function isLeftBehind(info: RunInfo): boolean {
  return isUndriven(info) && info.snapshot.waiting?.parked !== 'waiting';
}

/** True for a run that nobody works on because it waits for something. */
export function isParked(info: RunInfo): boolean {
  return isUndriven(info) && info.snapshot.waiting?.parked === 'waiting';
}

function isUndriven({ snapshot, owner }: RunInfo): boolean {
  return !isTerminal(snapshot.status) && owner?.alive !== true;
}

/** The status, and what else there is to say of a run in few words. */
export function statusText(info: RunInfo): string {
  const standing = standingOf(info);
  return standing === undefined ? info.snapshot.status : `${info.snapshot.status} (${standing})`;
}

/** What a run waits for, or who is missing; undefined when it is over, or somebody works on it. */
export function standingOf(info: RunInfo, nowMs = Date.now()): string | undefined {
  const { snapshot, owner, isStalled } = info;
  const { waiting } = snapshot;
  const isAsking = (waiting?.interrupts.length ?? 0) > 0;
  if (isTerminal(snapshot.status)) return undefined;
  if (owner?.alive === true) {
    if (isStalled) return 'stalled';
    return isAsking ? 'waiting for an answer' : undefined;
  }
  if (owner !== null) return 'owner gone';
  if (waiting?.parked === 'waiting') return waitText(snapshot, waiting, nowMs);
  if (waiting?.parked !== 'released') return 'no owner';
  return isAsking ? 'let go, waiting for an answer' : 'let go';
}

function waitText(
  snapshot: RunSnapshot,
  { interrupts, wakeAtMs }: WaitingState,
  nowMs: number,
): string {
  if (interrupts.length > 0) return 'waiting for an answer';
  if (wakeAtMs === null || isDeadline(snapshot, wakeAtMs, nowMs)) return 'waiting for a signal';
  return wakeAtMs <= nowMs ? 'due' : `waiting until ${clockTime(wakeAtMs, nowMs)}`;
}

/** True where a run wants to be woken only so that it can be ended in time. */
export function isDeadline(
  { deadlineAtMs }: RunSnapshot,
  wakeAtMs: number,
  nowMs = Date.now(),
): boolean {
  return wakeAtMs === deadlineAtMs && wakeAtMs > nowMs;
}
