import { isRunchartError, type RunchartErrorCode } from '../errors.ts';
import type { RunImport, Stores } from '../stores/index.ts';

/** Refusals that say something about a run, and not about the store. */
const REFUSALS: ReadonlySet<RunchartErrorCode> = new Set([
  'RUN_EXISTS',
  'RUN_NOT_FOUND',
  'SEQ_CONFLICT',
  'INPUT_INVALID',
]);

/**
 * Imports pieces of several runs, and answers why of those that are refused, by id: a run that is refused keeps none of the
 * others back. Rejects with any other error of the store.
 */
export async function importPieces(
  { events }: Pick<Stores, 'events'>,
  pieces: readonly RunImport[],
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  if (pieces.length === 0) return refused;
  try {
    await events.import(pieces);
    return refused;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  for (const piece of pieces) {
    const { runId, lastSeq } = piece.run;
    if (refused.has(runId)) continue;
    // It was in front of the one that was refused.
    if (((await events.get(runId))?.lastSeq ?? 0) >= lastSeq) continue;
    try {
      await events.import([piece]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.set(runId, error.message);
    }
  }
  return refused;
}

function isRefusal(error: unknown): error is Error {
  return isRunchartError(error) && REFUSALS.has(error.code);
}
