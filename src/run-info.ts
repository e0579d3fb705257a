import type { Clock } from './actors/index.ts';
import { parseSnapshot } from './machines/index.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import type { RunInfo } from './runtime.ts';
import type { RunRecord, Stores } from './stores/index.ts';

export interface InfoPort {
  readonly clock: Clock;
  readonly stalledAfterMs: number;
  readonly isAlive: (ownerId: string) => Promise<boolean>;
}

/** A run in a list, with who drives it and whether it says anything. */
export async function infoOf(
  { snapshot: json, owner }: RunRecord,
  { clock, stalledAfterMs, isAlive }: InfoPort,
): Promise<RunInfo> {
  const snapshot = parseSnapshot(json);
  const alive = owner !== null && (await isAlive(owner));
  const silentMs = clock.now() - snapshot.updatedAtMs;
  return {
    snapshot,
    owner: owner === null ? null : { id: owner, alive },
    isStalled: alive && snapshot.attempt > 0 && silentMs > stalledAfterMs,
  };
}

/** Why nobody drives an active run though somebody should; undefined when all is well. */
export function whyLeft(
  { snapshot, owner }: RunInfo,
  definitions: RegisteredDefinitions,
  nowMs: number,
): string | undefined {
  const { parked, wakeAtMs = null } = snapshot.waiting ?? {};
  const isDue = wakeAtMs !== null && wakeAtMs <= nowMs;
  if (owner?.alive === true || (parked === 'waiting' && !isDue)) return undefined;
  const idle = parked === 'waiting' ? 'what it waited for has come' : 'its owner let it go';
  const whose = owner === null ? idle : 'its owner is gone';
  return `${whose}; ${definitions.whyNot(snapshot) ?? 'it will be taken over'}`;
}

/** Asks once per owner, however many runs it has. */
export function aliveOnce({ events }: Stores): (ownerId: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return (ownerId) => {
    const answer = answers.get(ownerId) ?? events.isAlive(ownerId);
    answers.set(ownerId, answer);
    return answer;
  };
}
