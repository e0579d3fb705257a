import type { Stores } from '../../../src/index.ts';
import {
  copyStores,
  type CopyOptions,
  type CopyReport,
  type CopyStep,
} from '../../../src/copy/index.ts';

/** Copies to the end, and answers what came of it, and what it told of. */
export async function copied(
  from: Stores,
  to: Stores,
  options: CopyOptions = {},
): Promise<CopyReport & { readonly steps: readonly CopyStep[] }> {
  const copy = copyStores(from, to, options);
  const steps: CopyStep[] = [];
  for (;;) {
    const next = await copy.next();
    if (next.done === true) return { ...next.value, steps };
    steps.push(next.value);
  }
}

/** The ids of runs, in the order in which the store got them. */
export async function idsOf({ events }: Stores): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { order: 'oldest' as const, limit: 100, ...(cursor !== undefined && { cursor }) };
    const page = await events.list(query);
    ids.push(...page.runs.map(({ runId }) => runId));
    cursor = page.nextCursor;
  }
  return ids;
}
