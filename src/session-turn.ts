import { runBefore } from './actors/index.ts';
import { ACTIVE_STATUSES, isTerminal, type RunSnapshot } from './machines/index.ts';
import type { EventStore } from './stores/index.ts';

/** Runs behind one that are counted. */
const MAX_COUNTED = 100;

/** The run whose turn it is in the session of another that is not driven; undefined: it is that one's own turn. */
export async function turnBefore(
  events: Pick<EventStore, 'list'>,
  { runId, sessionId, status, definition, attempt, waiting }: RunSnapshot,
): Promise<string | undefined> {
  const isDriven = attempt > 0 && waiting?.parked == null;
  if (isTerminal(status) || definition === null || isDriven) return undefined;
  return (await runBefore(events, { runId, sessionId }, async () => false))?.runId;
}

/** What a run that nobody drives has to do with the turns of its session, for people; empty: nothing. */
export async function turnText(
  events: Pick<EventStore, 'list'>,
  snapshot: RunSnapshot,
): Promise<string> {
  const { runId, sessionId, definition } = snapshot;
  if (sessionId === runId || definition === null) return '';
  const before = await turnBefore(events, snapshot);
  if (before !== undefined) return `, once run ${before} of its session is over`;
  const query = { statuses: ACTIVE_STATUSES, sessionId, limit: MAX_COUNTED + 1 };
  const { runs } = await events.list(query);
  const behind = runs.filter((run) => run.runId !== runId && run.definition !== null).length;
  if (behind === 0) return '';
  const many = behind > MAX_COUNTED ? `more than ${MAX_COUNTED}` : behind;
  return `; ${many} ${behind === 1 ? 'run' : 'runs'} of its session ${behind === 1 ? 'waits' : 'wait'} for it`;
}
