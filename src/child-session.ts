import type { Supervisor } from './actors/index.ts';
import { RunchartError } from './errors.ts';

/**
 * Rejects with INPUT_INVALID when a run that waits for its child, directly or through other children,
 * has its turn in the session that the child is to wait for.
 */
export async function refuseHeldSession(
  { stores }: Supervisor,
  parentRunId: string,
  sessionId: string | undefined,
): Promise<void> {
  if (sessionId === undefined) return;
  for (let runId: string | null = parentRunId; runId !== null;) {
    const run = await stores.events.get(runId);
    if (run?.sessionId === sessionId) {
      throw new RunchartError(
        'INPUT_INVALID',
        `A child of run ${parentRunId} cannot be in session "${sessionId}": run ${runId}, which waits for ` +
          'it, has its turn there. Leave sessionId out, or name another.',
      );
    }
    runId = run?.parentRunId ?? null;
  }
}
