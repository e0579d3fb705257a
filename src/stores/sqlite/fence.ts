import { checkFence } from '../write-fence.ts';
import type { RunHold } from '../write-fence.ts';
import type { Database, Statement } from './driver.ts';

/** Decides inside the transaction of its caller whether a writer still owns its run. */
export class Fence {
  readonly #hold: Statement;

  constructor(db: Database) {
    this.#hold = db.prepare('SELECT epoch, owner FROM runs WHERE run_id = ?');
  }

  /** Throws OWNER_FENCED; see WriteGuard. */
  check(runId: string, expectedEpoch: number | undefined): void {
    if (expectedEpoch === undefined) return;
    checkFence(runId, this.#hold.get(runId) as RunHold | undefined, expectedEpoch);
  }
}
