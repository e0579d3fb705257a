import { checkFence } from '../write-fence.ts';

/** Who drives a run, as the statement that wrote beside its log has found it under lock. */
export interface HoldRow {
  readonly epoch: number | null;
  readonly owner: string | null;
}

/**
 * SQL that locks the row of a run until the end of the transaction, and answers who drives it. Taking a
 * run over changes that row: it comes before, and is seen, or it waits.
 */
export function fenceOf(place: string, runId: string): string {
  return `SELECT epoch, owner FROM ${place}.runs WHERE run_id = ${runId} FOR NO KEY UPDATE`;
}

/** Throws OWNER_FENCED; see WriteGuard. */
export function checkHold(
  runId: string,
  { epoch, owner }: HoldRow,
  expectedEpoch: number | undefined,
): void {
  checkFence(runId, epoch === null ? undefined : { epoch, owner }, expectedEpoch);
}
