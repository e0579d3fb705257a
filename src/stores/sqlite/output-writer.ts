import { RunchartError } from '../../errors.ts';
import { outputExists } from '../output-rules.ts';
import type { Database, Statement } from './driver.ts';
import { Fence } from './fence.ts';
import type { OutputDraft } from './jobs.ts';

/** Checks and writes outputs inside the transaction of its caller. */
export class OutputWriter {
  readonly #fence: Fence;
  readonly #find: Statement;
  readonly #findFinal: Statement;
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#fence = new Fence(db);
    this.#find = db.prepare('SELECT out FROM outputs WHERE output_id = ?');
    this.#findFinal = db.prepare(
      "SELECT out FROM outputs WHERE task_id = ? AND attempt = ? AND kind = 'final'",
    );
    this.#insert = db.prepare(
      `INSERT INTO outputs(output_id, run_id, task_id, attempt, producer, kind, artifact, blob,
         created_at, parents, event) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Leaves those alone that are there. What it has written when it throws a RunchartError is what is in front. */
  import(outputs: readonly OutputDraft[]): null {
    for (const output of outputs) if (this.#find.get(output.id) === undefined) this.#add(output);
    return null;
  }

  /** Throws a RunchartError before it has written anything, or writes all. */
  write(output: OutputDraft): null {
    const { id } = output;
    if (this.#find.get(id) !== undefined) throw outputExists(id);
    this.#fence.check(output.runId, output.expectedEpoch);
    const missing = output.parents.find((parent) => this.#find.get(parent) === undefined);
    if (missing !== undefined) {
      throw new RunchartError(
        'OUTPUT_NOT_FOUND',
        `Output ${id} names a parent ${missing} that does not exist.`,
      );
    }
    this.#add(output);
    return null;
  }

  #add(output: OutputDraft): void {
    const { id, taskId, attempt, kind } = output;
    if (kind === 'final' && this.#findFinal.get(taskId, attempt) !== undefined) {
      throw new RunchartError(
        'ATTEMPT_CLOSED',
        `Attempt ${attempt} of task ${taskId} has its final output already; start another attempt.`,
      );
    }
    this.#insert.run(
      id,
      output.runId,
      taskId,
      attempt,
      output.producer,
      kind,
      output.artifact,
      output.blob,
      output.createdAtMs,
      JSON.stringify(output.parents),
      output.event,
    );
  }
}
