import type { Checkpoint, CheckpointKey, CheckpointLine, CheckpointMeta } from '../checkpointer.ts';
import type { Database, Statement } from './driver.ts';
import { CHECKPOINT_COLUMNS, toCheckpoint, toCheckpointMeta } from './rows.ts';

const OF_LINE = 'FROM checkpoints WHERE definition = ? AND run_id = ?';

/** Reads checkpoints, in the order of the index that keeps their versions apart. */
export class CheckpointReader {
  readonly #load: Statement;
  readonly #latest: Statement;
  readonly #list: Statement;

  constructor(db: Database) {
    this.#load = db.prepare(
      `SELECT ${CHECKPOINT_COLUMNS}, vals ${OF_LINE} AND super_step = ? ORDER BY version DESC LIMIT 1`,
    );
    this.#latest = db.prepare(
      `SELECT ${CHECKPOINT_COLUMNS}, vals ${OF_LINE} ORDER BY super_step DESC, version DESC LIMIT 1`,
    );
    this.#list = db.prepare(`SELECT ${CHECKPOINT_COLUMNS} ${OF_LINE} ORDER BY super_step, version`);
  }

  load({ definition, runId, superStep }: CheckpointKey): Checkpoint | undefined {
    const row = this.#load.get(definition, runId, superStep);
    return row === undefined ? undefined : toCheckpoint(row);
  }

  latest({ definition, runId }: CheckpointLine): Checkpoint | undefined {
    const row = this.#latest.get(definition, runId);
    return row === undefined ? undefined : toCheckpoint(row);
  }

  list({ definition, runId }: CheckpointLine): readonly CheckpointMeta[] {
    return this.#list.all(definition, runId).map(toCheckpointMeta);
  }
}
