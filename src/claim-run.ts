import { draftEvent, type Recorded, type Supervisor } from './actors/index.ts';
import { isRunchartError } from './errors.ts';
import { parseSnapshot } from './machines/index.ts';
import type { RepeatOptions } from './run.ts';

/** Takes a run over, whoever has it: nothing is recorded on one that is over. */
export async function claimRun(
  supervisor: Supervisor,
  runId: string,
  key: RepeatOptions,
): Promise<Recorded> {
  const owner = await supervisor.ownerId();
  for (;;) {
    const { snapshot } = await supervisor.record(runId);
    const { attempt: expectedAttempt } = parseSnapshot(snapshot);
    const event = { type: 'attempt.started', attempt: expectedAttempt + 1, owner };
    const draft = draftEvent(runId, event);
    try {
      const request = { draft, owner, expectedAttempt, unlessOver: true, ...key };
      return await supervisor.submit(runId, request);
    } catch (error) {
      // Somebody else began that attempt: this one is the next.
      if (!isRunchartError(error, 'SEQ_CONFLICT')) throw error;
    }
  }
}
