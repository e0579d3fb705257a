import { type Clock, isNeverBegun } from './actors/index.ts';
import { ACTIVE_STATUSES, parseSnapshot } from './machines/index.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import type { LeftRun, RunInfo, RunList, Runtime } from './runtime.ts';
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
  const letGo = isNeverBegun(snapshot) ? 'nobody has begun it' : 'its owner let it go';
  const idle = parked === 'waiting' ? 'what it waited for has come' : letGo;
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

/** Active runs that nobody drives though somebody should. */
export async function leftRuns(
  runtime: Pick<Runtime, 'list'>,
  why: (info: RunInfo) => Promise<string | undefined>,
): Promise<readonly LeftRun[]> {
  const left: LeftRun[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: RunList = await runtime.list({
      status: ACTIVE_STATUSES,
      ...(cursor && { cursor }),
    });
    for (const info of page.runs) {
      const reason = await why(info);
      if (reason !== undefined) left.push({ ...info, why: reason });
    }
    cursor = page.nextCursor;
  }
  return left;
}
