import { isRunStatus, type RunStatus } from '../../../machines/run-status.ts';
import type { ListOptions, RunInfo } from '../../../runtime.ts';
import { show } from '../location.ts';

/** Which runs are listed. It stands in the address, so that a list can be sent to somebody. */
export interface RunsFilter {
  readonly status: readonly RunStatus[];
  readonly sessionId: string;
  readonly definition: string;
  readonly text: string;
  /** Created in the last so many minutes; 0: whenever. */
  readonly minutes: number;
  readonly order: 'newest' | 'oldest';
}

export function filterOf(query: URLSearchParams): RunsFilter {
  const minutes = Number(query.get('minutes') ?? 0);
  return {
    status: (query.get('status') ?? '').split(',').filter(isRunStatus),
    sessionId: query.get('session') ?? '',
    definition: query.get('definition') ?? '',
    text: query.get('text') ?? '',
    minutes: Number.isFinite(minutes) && minutes > 0 ? minutes : 0,
    order: query.get('order') === 'oldest' ? 'oldest' : 'newest',
  };
}

export function showFilter(changes: Partial<RunsFilter>): void {
  const { status, sessionId, minutes, order, ...same } = changes;
  show({
    ...same,
    ...(status !== undefined && { status: status.join(',') }),
    ...(sessionId !== undefined && { session: sessionId }),
    ...(minutes !== undefined && { minutes: minutes === 0 ? undefined : minutes }),
    ...(order !== undefined && { order: order === 'oldest' ? order : undefined }),
  });
}

export function isNarrowed({ order: _, ...filter }: RunsFilter): boolean {
  return Object.values(filter).some((value) =>
    typeof value === 'number' ? value > 0 : value.length > 0,
  );
}

const MINUTE_MS = 60_000;

/** The same as the API asks for it. */
export function listOptionsOf(filter: RunsFilter, nowMs: number): ListOptions {
  const { status, sessionId, definition, text, minutes, order } = filter;
  return {
    order,
    ...(status.length > 0 && { status }),
    ...(sessionId !== '' && { sessionId }),
    ...(definition !== '' && { definition }),
    ...(text !== '' && { text }),
    ...(minutes > 0 && { createdFromMs: nowMs - minutes * MINUTE_MS }),
  };
}

/** Whether a run that has changed belongs to the list. What needs a search is left to the server. */
export function fits({ snapshot }: RunInfo, filter: RunsFilter, nowMs: number): boolean {
  const { status, sessionId, definition, minutes } = filter;
  if (status.length > 0 && !status.includes(snapshot.status)) return false;
  if (sessionId !== '' && snapshot.sessionId !== sessionId) return false;
  if (definition !== '' && snapshot.definition !== definition) return false;
  return minutes === 0 || snapshot.createdAtMs >= nowMs - minutes * MINUTE_MS;
}
