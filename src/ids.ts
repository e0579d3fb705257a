import { createHash } from 'node:crypto';
import { nanoid } from 'nanoid';
import type { Ids } from './actors/index.ts';

/**
 * Ids of rows that stores index begin with the time, so that new ones stand together in the index: a
 * random id there halves the rate of a group commit. Ids that nothing is looked up by are random.
 */
export const DEFAULT_IDS: Ids = {
  run: () => `run_${timeOrdered()}`,
  event: () => `evt_${nanoid()}`,
  output: () => `out_${timeOrdered()}`,
  owner: () => `own_${nanoid()}`,
};

/** 8 characters of time (until the year 2059), 13 of chance: 78 bits within a millisecond. */
function timeOrdered(): string {
  return Date.now().toString(36) + nanoid(13);
}

/** The id of what a run gives out under a key: the same whenever it is asked for. */
export function outputIdOf(runId: string, createdAtMs: number, key: string): string {
  return `out_${createdAtMs.toString(36)}${digest(runId, key).slice(0, 20)}`;
}

/** A key of fixed length that stands for the parts. */
export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
