import { ACTIVE_STATUSES } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';

const PAGE_RUNS = 50;

/**
 * The run whose turn it is in the session of another one: the oldest that is not over, and that has a
 * definition. undefined: it is the other's own turn. One question to the store, unless some may be passed.
 *
 * No lock is needed: no run comes to be older than another, and an end is for good. So what is found to be
 * a run's turn stays its turn.
 */
export async function runBefore(
  store: Pick<EventStore, 'list'>,
  { runId, sessionId }: Pick<RunRecord, 'runId' | 'sessionId'>,
  mayPass: (older: RunRecord) => Promise<boolean>,
): Promise<RunRecord | undefined> {
  // Alone in a session of its own name, as most runs are; others may name it, and come later.
  if (sessionId === runId) return undefined;
  let limit = 1;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.list({
      statuses: ACTIVE_STATUSES,
      sessionId,
      order: 'oldest',
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    for (const older of page.runs) {
      if (older.runId === runId) return undefined;
      // Who opened a run without a definition drives it, whenever they like.
      if (older.definition !== null && !(await mayPass(older))) return older;
    }
    cursor = page.nextCursor;
    limit = PAGE_RUNS;
  }
  return undefined;
}
