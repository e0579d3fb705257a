import { isRunchartError } from '../errors.ts';
import { parseSnapshot } from '../machines/index.ts';
import type { RunRecord } from '../stores/index.ts';
import { draftEvent } from './draft.ts';
import type { RunActor } from './run-actor.ts';

/** Ends a run that its owner left behind, unless somebody takes it meanwhile. True when it did. */
export async function failAbandoned(
  { runId, owner, snapshot }: RunRecord,
  actor: RunActor,
): Promise<boolean> {
  const { attempt: expectedAttempt } = parseSnapshot(snapshot);
  const by = owner === null ? '' : ` by its owner ${owner}`;
  const error = {
    name: 'RunchartError',
    code: 'RUN_ABANDONED',
    message: `Run ${runId} was left behind${by}.`,
  };
  const draft = draftEvent(runId, { type: 'run.failed', error });
  try {
    const { envelope } = await actor.submit({ draft, expectedAttempt, unlessOver: true });
    return envelope !== undefined;
  } catch (failure) {
    if (!isRunchartError(failure, 'SEQ_CONFLICT')) throw failure;
    return false;
  }
}
