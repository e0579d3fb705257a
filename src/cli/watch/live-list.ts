import { setTimeout as sleep } from 'node:timers/promises';
import type { RunInfo, RunStatus } from '../../index.ts';
import { ACTIVE_STATUSES, isTerminal, TERMINAL_STATUSES } from '../../machines/index.ts';
import { allRuns } from '../runs.ts';
import type { WatchOptions } from './drive-watch.ts';
import { createRunList, type RunList } from './run-list.ts';

/** Runs that are over and are read: the latest by their beginning. */
const ENDED = 100;
/** A run that changes often is told so often, in milliseconds. */
const PACE_MS = 100;
/** Of the time that looking takes, so many times as long nothing is looked at: a big store is spared. */
const REST = 10;

/** How many runs there are of each status. */
export type RunCounts = Readonly<Record<RunStatus, number>>;

/** A list that keeps itself up to date. */
export interface LiveList extends Pick<RunList, 'sorted'> {
  /** undefined until the runs were counted for the first time. */
  counts(): RunCounts | undefined;
}

/** Follows the changes of a runtime, and lists again every `intervalMs`. Ends when `over` is aborted. */
export function createLiveList(
  { runtime, filter, intervalMs }: Pick<WatchOptions, 'runtime' | 'filter' | 'intervalMs'>,
  on: {
    readonly change: () => void;
    readonly error: (error: unknown) => void;
    readonly over: AbortSignal;
  },
): LiveList {
  const list = createRunList(filter);
  let counts: RunCounts | undefined;

  const follow = async (): Promise<void> => {
    for await (const change of runtime.changes({ signal: on.over, paceMs: PACE_MS })) {
      if (list.apply(change)) on.change();
    }
  };
  const relist = async (): Promise<void> => {
    list.relist.begin();
    const [active, ended] = await Promise.all([activeRuns(), endedRuns()]);
    list.relist.end([...active, ...ended]);
    on.change();
  };
  const activeRuns = async (): Promise<RunInfo[]> => {
    if (filter.status !== undefined && isTerminal(filter.status)) return [];
    const { status = ACTIVE_STATUSES, ...others } = filter;
    const found: RunInfo[] = [];
    for await (const info of allRuns(runtime, { ...others, status })) found.push(info);
    return found;
  };
  const endedRuns = async (): Promise<readonly RunInfo[]> => {
    if (filter.status !== undefined && !isTerminal(filter.status)) return [];
    const { status = TERMINAL_STATUSES, ...others } = filter;
    return (await runtime.list({ ...others, status, limit: ENDED })).runs;
  };
  const look = async (): Promise<void> => {
    while (!on.over.aborted) {
      const startedMs = performance.now();
      await relist();
      const { status: _, ...others } = filter;
      counts = await runtime.counts(others);
      on.change();
      const restMs = Math.max(intervalMs, (performance.now() - startedMs) * REST);
      await sleep(restMs, undefined, { signal: on.over });
    }
  };
  const failed = (error: unknown): void => {
    if (!on.over.aborted) on.error(error);
  };
  follow().catch(failed);
  look().catch(failed);
  return { sorted: list.sorted, counts: () => counts };
}
