import { patchLink, refuseBase, wholeLink } from '../checkpoint-chain.ts';
import type { Link } from '../checkpoint-chain.ts';
import type { CheckpointLine, CheckpointMeta, CheckpointRef } from '../checkpointer.ts';
import { selectChain } from './checkpoint-reader.ts';
import type { Database, Statement } from './driver.ts';
import { Fence } from './fence.ts';
import type { CheckpointRow, VersionedRow } from './jobs.ts';

/** A row that others can build on. */
interface Base {
  readonly ck: number;
  readonly room: number;
}

/** Writes checkpoints inside the transaction of its caller. */
export class CheckpointWriter {
  readonly #fence: Fence;
  readonly #find: Statement;
  readonly #chain: Statement;
  readonly #lastVersion: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;

  constructor(db: Database) {
    this.#fence = new Fence(db);
    this.#find = db.prepare(
      `SELECT ck, room FROM checkpoints
       WHERE run_id = ? AND definition = ? AND super_step = ? AND version = ?`,
    );
    this.#chain = db.prepare(selectChain('vals', 'SELECT ?'));
    this.#lastVersion = db.prepare(
      `SELECT max(version) AS version FROM checkpoints
       WHERE run_id = ? AND definition = ? AND super_step = ?`,
    );
    this.#insert = db.prepare(
      `INSERT INTO checkpoints(definition, run_id, super_step, version, label, created_at, base, room, vals)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare('DELETE FROM checkpoints WHERE run_id = ? AND definition = ?');
  }

  /** Leaves those alone that are there. What it has written when it throws a RunchartError is what is in front. */
  import(rows: readonly VersionedRow[]): null {
    for (const { row, version } of rows) {
      const { runId, definition, superStep } = row.meta;
      if (this.#find.get(runId, definition, superStep, version) === undefined) this.save(row);
    }
    return null;
  }

  /** Throws a RunchartError before it has written anything, or writes all. */
  save({ meta, from, vals, expectedEpoch }: CheckpointRow): CheckpointMeta {
    const { definition, runId, superStep, label, createdAtMs } = meta;
    this.#fence.check(runId, expectedEpoch);
    const base = from && this.#base(meta, from);
    const link = base === null ? wholeLink(vals) : this.#link(base, vals);
    const last = this.#lastVersion.get(runId, definition, superStep) as { version: number | null };
    const version = (last.version ?? 0) + 1;
    this.#insert.run(
      definition,
      runId,
      superStep,
      version,
      label,
      createdAtMs,
      link.isWhole || base === null ? null : base.ck,
      link.room,
      link.vals,
    );
    return { definition, runId, superStep, version, label, createdAtMs };
  }

  forget({ definition, runId }: CheckpointLine): null {
    this.#delete.run(runId, definition);
    return null;
  }

  #base(line: CheckpointLine, from: CheckpointRef): Base {
    const { runId, definition } = line;
    const row = this.#find.get(runId, definition, from.superStep, from.version);
    return (row as Base | undefined) ?? refuseBase(line, from);
  }

  #link({ ck, room }: Base, patch: string): Link {
    return patchLink(patch, room, () =>
      this.#chain.all(ck).map((row) => (row as { vals: string }).vals),
    );
  }
}
