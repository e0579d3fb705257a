import type { RunStatus, Runtime } from '../../index.ts';
import { RUN_STATUSES } from '../../machines/index.ts';
import { allRuns } from '../runs.ts';
import type { RunFilter } from './run-list.ts';

export type RunCounts = Readonly<Record<RunStatus, number>>;

/** How many runs there are of each status. It lists all of them, so it MUST NOT be asked for often. */
export async function countRuns(
  runtime: Pick<Runtime, 'list'>,
  filter: RunFilter,
): Promise<RunCounts> {
  const counts = Object.fromEntries(RUN_STATUSES.map((status) => [status, 0]));
  for await (const { snapshot } of allRuns(runtime, filter)) {
    counts[snapshot.status] = (counts[snapshot.status] ?? 0) + 1;
  }
  return counts as RunCounts;
}
