import { goneOnce } from './gone.ts';
import {
  type Verification,
  type VerifiedStores,
  type VerifyOptions,
  verifyRun,
} from './verify-run.ts';

/** Runs per page: each comes with its snapshot, which may be big. */
const PAGE_RUNS = 50;

/** Verifies every run of the store, newest first, and tells of each as soon as it is done. */
export async function* verifyAll(
  stores: VerifiedStores,
  options: VerifyOptions = {},
): AsyncGenerator<Verification, void, void> {
  const gone = goneOnce(stores.events);
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await stores.events.list({
      limit: PAGE_RUNS,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { runId } of page.runs) {
      // As it is now: the page may be old when its last run is looked at.
      const record = await stores.events.get(runId);
      if (record === undefined) continue;
      const verification = await verifyRun(stores, record, options, gone);
      // Pruned while it was looked at: then there is nothing to be said of it.
      const isThere = verification.ok || (await stores.events.get(runId)) !== undefined;
      if (isThere) yield verification;
    }
    cursor = page.nextCursor;
  }
}
