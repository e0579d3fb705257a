import type { CheckpointLine, CheckpointMeta } from '../checkpointer.ts';
import type { Database, Statement } from './driver.ts';
import type { CheckpointRow } from './jobs.ts';

/** Writes checkpoints inside the transaction of its caller. */
export class CheckpointWriter {
  readonly #lastVersion: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;

  constructor(db: Database) {
    this.#lastVersion = db.prepare(
      `SELECT max(version) AS version FROM checkpoints
       WHERE definition = ? AND run_id = ? AND super_step = ?`,
    );
    this.#insert = db.prepare(
      `INSERT INTO checkpoints(definition, run_id, super_step, version, label, created_at, vals)
       VALUES(?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare('DELETE FROM checkpoints WHERE definition = ? AND run_id = ?');
  }

  save(draft: CheckpointRow, values: string): CheckpointMeta {
    const { definition, runId, superStep, label, createdAtMs } = draft;
    const last = this.#lastVersion.get(definition, runId, superStep) as { version: number | null };
    const version = (last.version ?? 0) + 1;
    this.#insert.run(definition, runId, superStep, version, label, createdAtMs, values);
    return { definition, runId, superStep, version, label, createdAtMs };
  }

  forget({ definition, runId }: CheckpointLine): null {
    this.#delete.run(definition, runId);
    return null;
  }
}
