import type { WriteGuard } from '../checkpointer.ts';
import type { RunHold } from '../write-fence.ts';
import type { Connection } from './connection.ts';
import type { Draft } from './journal.ts';

/** What keeps a write from being stored when the run changes hands at the same time. */
export interface GuardDraft {
  /** Who drives the run, as far as this process knows; it is true if the write is stored. */
  readonly hold: RunHold | undefined;
  readonly draft: Pick<Draft, 'expect'>;
}

/**
 * The write is to be stored only if the last message of the run is the one known here. The index may be behind,
 * which then shows; `isFresh` asks the leader.
 */
export async function guardOf(
  connection: Connection,
  runId: string,
  guard: WriteGuard | undefined,
): Promise<GuardDraft> {
  if (guard?.expectedEpoch === undefined) return { hold: undefined, draft: {} };
  const { heads, subjects } = connection;
  const { head, seq } = await heads.fresh(connection, runId);
  const hold = head && { epoch: head.run.epoch, owner: head.run.owner };
  return { hold, draft: { expect: { seq, subject: subjects.run(runId) } } };
}
