import type { RunSnapshot } from '../../../machines/index.ts';

/** What a run is called for people: what it is about, else what it does, else its id. */
export function runName({
  prompt,
  definition,
  runId,
}: Pick<RunSnapshot, 'prompt' | 'definition' | 'runId'>): string {
  return prompt || definition || runId;
}
