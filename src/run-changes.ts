import type { Changed } from './actors/index.ts';
import { isRunchartError } from './errors.ts';
import type { RunChange, RunInfo } from './runtime.ts';

type InfoOf = (runId: string) => Promise<RunInfo>;

/** Looks at each run that changed when it is its turn: what it was in between, nobody asks for. */
export async function* tellChanges(
  changed: AsyncGenerator<Changed, void, void>,
  infoOf: InfoOf,
): AsyncGenerator<RunChange, void, void> {
  for await (const runIds of changed) {
    if (runIds === undefined) yield { kind: 'missed' };
    for (const runId of runIds ?? []) yield await changeOf(runId, infoOf);
  }
}

async function changeOf(runId: string, infoOf: InfoOf): Promise<RunChange> {
  try {
    return { kind: 'changed', run: await infoOf(runId) };
  } catch (error) {
    if (!isRunchartError(error, 'RUN_NOT_FOUND')) throw error;
    return { kind: 'gone', runId };
  }
}
