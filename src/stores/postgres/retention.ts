import { RunchartError } from '../../errors.ts';
import { checkCut } from '../check-query.ts';
import { textColumn } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { prepared } from './statement.ts';
import { keptText, givenText } from './storable-text.ts';

interface LockedRun {
  readonly run: number;
  readonly runId: string;
  readonly lastSeq: number;
  readonly owner: string | null;
}

/** Deletes what is not kept any longer. */
export class Retention {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#sql = statements(place);
  }

  async cut(runId: string, throughSeq: number, base: string): Promise<void> {
    await this.#database.transaction(async (queries) => {
      const [run] = await this.#lock(queries, [runId]);
      if (run === undefined) {
        throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
      }
      checkCut(runId, throughSeq, run.lastSeq);
      // Nothing is left of it when that was cut before.
      const [last] = await queries.rows<{ key: string | null; hash: string | null }>(
        prepared(this.#sql.lastCut, [run.run, throughSeq]),
      );
      if (last === undefined) return;
      await queries.rows(prepared(this.#sql.cutEvents, [run.run, throughSeq]));
      // A key that recorded events on both sides of the cut would answer half of them.
      if (last.key !== null) await queries.rows(prepared(this.#sql.dropKey, [run.run, last.key]));
      await queries.rows(
        prepared(this.#sql.setBase, [run.run, throughSeq + 1, keptText(base), last.hash]),
      );
    });
  }

  /** The ids of the runs that were deleted, in the order given. */
  async forget(runIds: readonly string[]): Promise<readonly string[]> {
    return this.#database.transaction(async (queries) => {
      const locked = await this.#lock(queries, runIds);
      const free = locked.filter(({ owner }) => owner === null);
      const runs = new Map(free.map(({ runId, run }) => [givenText(runId), run]));
      await this.#keepSources(queries, runs);
      if (runs.size === 0) return [];
      const keys = `{${[...runs.values()].join(',')}}`;
      const ids = textColumn([...runs.keys()].map(keptText));
      for (const sql of this.#sql.deleteById) await queries.rows(prepared(sql, [ids]));
      for (const sql of this.#sql.deleteByKey) await queries.rows(prepared(sql, [keys]));
      await queries.rows(prepared(this.#sql.countPruned, [runs.size]));
      return [...new Set(runIds)].filter((runId) => runs.has(runId));
    });
  }

  /** What stays keeps what it was forked from, and so on. A fork that is being created holds its source. */
  async #keepSources(queries: Queries, runs: Map<string, number>): Promise<void> {
    for (let before = -1; before !== runs.size;) {
      before = runs.size;
      if (before === 0) return;
      const ids = textColumn([...runs.keys()].map(keptText));
      const kept = await queries.rows<{ runId: string }>(prepared(this.#sql.sources, [ids]));
      for (const { runId } of kept) runs.delete(givenText(runId));
    }
  }

  #lock(queries: Queries, runIds: readonly string[]): Promise<LockedRun[]> {
    return queries.rows<LockedRun>(prepared(this.#sql.lock, [textColumn(runIds.map(keptText))]));
  }
}

function statements(place: string) {
  return {
    lock: `
      SELECT run, run_id AS "runId", last_seq AS "lastSeq", owner FROM ${place}.runs
      WHERE run_id = ANY($1::text[]) ORDER BY run FOR UPDATE`,
    lastCut: `SELECT idempotency_key AS key, hash FROM ${place}.events WHERE run = $1 AND seq = $2`,
    cutEvents: `DELETE FROM ${place}.events WHERE run = $1 AND seq <= $2`,
    dropKey: `
      UPDATE ${place}.events SET idempotency_key = NULL
      WHERE run = $1 AND idempotency_key = $2 AND idempotency_key IS NOT NULL`,
    setBase: `
      INSERT INTO ${place}.cuts(run, first_seq, base, hash) VALUES($1, $2, $3, $4)
      ON CONFLICT (run) DO UPDATE
      SET first_seq = excluded.first_seq, base = excluded.base, hash = excluded.hash`,
    /** Of these runs those that others, which are not among them, were forked from. */
    sources: `
      SELECT DISTINCT forked_from AS "runId" FROM ${place}.runs
      WHERE forked_from = ANY($1::text[]) AND forked_from IS NOT NULL AND run_id <> ALL($1::text[])`,
    deleteById: ['outputs', 'checkpoints'].map(
      (table) => `DELETE FROM ${place}.${table} WHERE run_id = ANY($1::text[])`,
    ),
    deleteByKey: ['events', 'cuts', 'runs'].map(
      (table) => `DELETE FROM ${place}.${table} WHERE run = ANY($1::bigint[])`,
    ),
    countPruned: `
      UPDATE ${place}.counters SET pruned = pruned + $1::bigint WHERE slot = pg_backend_pid() % 16`,
  };
}
