import { draftEvent, type Ids, type Recorded, type Supervisor } from './actors/index.ts';
import { checkName } from './check-input.ts';
import { isRunchartError } from './errors.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import { keyed } from './run.ts';
import type { NewRunOptions } from './runtime.ts';

export interface CreatePort {
  readonly supervisor: Supervisor;
  readonly definitions: RegisteredDefinitions;
  readonly ids: Ids;
}

/** Creates a run, owned by this process unless `more` says that nobody does, or answers that of an earlier call. */
export async function createRun(
  { supervisor, definitions, ids }: CreatePort,
  { runId = ids.run(), sessionId = runId, ...given }: NewRunOptions,
  definition: string | null,
  more: Readonly<Record<string, unknown>>,
): Promise<Recorded> {
  const { prompt = '', requireVerification = false, idempotencyKey } = given;
  checkName('runId', runId);
  checkName('sessionId', sessionId);
  const event = { type: 'run.created', prompt, definition, requireVerification, ...more };
  const request = {
    draft: draftEvent(runId, event),
    owner: more['unowned'] === true ? null : await supervisor.ownerId(),
    ...keyed(idempotencyKey),
  };
  try {
    return await supervisor.create({ runId, sessionId }, request);
  } catch (error) {
    // It may be there all the same, and ours: then nobody else would ever drive it.
    const isOfOurs = definitions.find(definition) !== undefined;
    if (isOfOurs && isRunchartError(error, 'APPEND_FAILED')) supervisor.dispatchIfStored(runId);
    throw error;
  }
}
