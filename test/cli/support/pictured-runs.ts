import type { RunInfo } from '../../../src/index.ts';
import { type Envelope, foldLog, type RunEvent } from '../../../src/machines/index.ts';

/** The instant at which the pictures are taken, in epoch milliseconds. */
export const NOW_MS = 1_800_000_000_000;

export interface Pictured {
  readonly runId: string;
  /** The run, as its log has it: each event with the milliseconds before the picture at which it came. */
  readonly log: readonly (readonly [beforeMs: number, event: RunEvent])[];
  readonly sessionId?: string;
  readonly owner?: RunInfo['owner'];
  readonly isStalled?: boolean;
}

export const ALIVE = { id: 'own_1', alive: true } as const;
export const DEAD = { id: 'own_2', alive: false } as const;

/** The first event of a run. */
export function created(prompt: string, more: object = {}): RunEvent {
  return {
    type: 'run.created',
    prompt,
    definition: 'deploy',
    requireVerification: false,
    ...more,
  };
}

export function envelopesOf({ runId, sessionId = runId, log }: Pictured): Envelope[] {
  return log.map(([beforeMs, event], i) => ({
    eventId: `evt_${i}`,
    runId,
    sessionId,
    seq: i + 1,
    emittedAtMs: NOW_MS - beforeMs,
    epoch: 1,
    late: false,
    event,
  }));
}

/** A run in a list, folded from its log. */
export function infoOf(pictured: Pictured): RunInfo {
  const snapshot = foldLog(envelopesOf(pictured));
  if (snapshot === undefined) throw new Error('a log with run.created folds to nothing');
  return { snapshot, owner: pictured.owner ?? null, isStalled: pictured.isStalled ?? false };
}
