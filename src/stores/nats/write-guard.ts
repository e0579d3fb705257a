import type { WriteGuard } from '../checkpointer.ts';
import type { RunHold } from '../write-fence.ts';
import type { Connection } from './connection.ts';
import type { Draft } from './journal.ts';
import type { RunHead } from './run-message.ts';

/** What keeps a write from being stored when the run changes hands at the same time. */
export interface GuardDraft {
  /** Who drives the run, as far as this process knows; it is so when the write is stored. */
  readonly hold: RunHold | undefined;
  /** The last message of the run is to be the one that `hold` is from. */
  readonly draft: Pick<Draft, 'expect'>;
}

/** By what the index has, which the server checks. */
export function knownGuard(
  connection: Connection,
  runId: string,
  guard: WriteGuard | undefined,
): GuardDraft {
  const head = connection.index.get(runId);
  return guardBy(connection, runId, guard, head, head?.seq ?? 0);
}

/** By what the leader has. */
export async function freshGuard(
  connection: Connection,
  runId: string,
  guard: WriteGuard | undefined,
): Promise<GuardDraft> {
  if (guard?.expectedEpoch === undefined) return { hold: undefined, draft: {} };
  const { head, seq } = await connection.heads.fresh(connection, runId);
  return guardBy(connection, runId, guard, head, seq);
}

function guardBy(
  { subjects }: Connection,
  runId: string,
  guard: WriteGuard | undefined,
  head: RunHead | undefined,
  seq: number,
): GuardDraft {
  if (guard?.expectedEpoch === undefined) return { hold: undefined, draft: {} };
  const hold = head && { epoch: head.run.epoch, owner: head.run.owner };
  return { hold, draft: { expect: { seq, subject: subjects.run(runId) } } };
}

/** Whether the writer would be refused. */
export function isFenced({ hold }: GuardDraft, guard: WriteGuard | undefined): boolean {
  if (guard?.expectedEpoch === undefined || hold === undefined || hold.owner === null) return false;
  return hold.epoch !== guard.expectedEpoch;
}
