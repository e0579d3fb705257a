import { draftEvent, insist, type Supervisor } from './actors/index.ts';
import { ACTIVE_STATUSES, type RunSnapshot } from './machines/index.ts';

const PAGE_RUNS = 100;

/** A run that was cancelled or failed takes its active children with it. */
export async function cancelChildren(
  supervisor: Supervisor,
  { runId, status }: RunSnapshot,
): Promise<void> {
  if (status === 'completed') return;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await supervisor.stores.events.list({
      parentRunId: runId,
      statuses: ACTIVE_STATUSES,
      limit: PAGE_RUNS,
      ...(cursor !== undefined && { cursor }),
    });
    await Promise.all(page.runs.map((child) => cancelChild(supervisor, child.runId, runId)));
    cursor = page.nextCursor;
  }
}

/** True when the parent of a run ended without waiting for it: whoever ended it may have died before telling. */
export async function isOrphan(
  { stores }: Supervisor,
  { parentRunId }: RunSnapshot,
): Promise<boolean> {
  const parent = parentRunId === null ? undefined : await stores.events.get(parentRunId);
  return parent?.status === 'cancelled' || parent?.status === 'failed';
}

export async function cancelChild(
  supervisor: Supervisor,
  runId: string,
  parentRunId: string | null,
): Promise<void> {
  const event = { type: 'run.cancelled', reason: `its parent run ${parentRunId ?? ''} ended` };
  const request = { draft: draftEvent(runId, event), unlessOver: true };
  await insist(supervisor.clock, () => supervisor.submit(runId, request));
}
