import { draftEvent, type Recorded, type Supervisor } from './actors/index.ts';
import { isRunchartError } from './errors.ts';
import { parseSnapshot } from './machines/index.ts';
import type { RepeatOptions } from './run.ts';
import { assertSameKey } from './same-key.ts';

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
      const recorded = await supervisor.submit(runId, request);
      const before = recorded.envelope?.event ?? event;
      // Of something else the answer has the epoch of somebody who drives the run, or drove it.
      assertSameKey(runId, key.idempotencyKey, { recorded: before, meant: event });
      return recorded;
    } catch (error) {
      // Somebody else began that attempt: this one is the next.
      if (!isRunchartError(error, 'SEQ_CONFLICT')) throw error;
    }
  }
}
