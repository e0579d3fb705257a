import { RunchartError } from '../../errors.ts';
import { checkCut } from '../check-query.ts';
import { LAST_POS } from './change-feed.ts';
import type { Database, Statement } from './driver.ts';

interface RunHead {
  readonly run: number;
  readonly lastSeq: number;
  readonly owner: string | null;
}

interface Cut {
  readonly runId: string;
  readonly throughSeq: number;
  readonly base: string;
}

/** All that belongs to a run, by its integer key and by its id. */
const BY_KEY = ['events', 'cuts', 'runs'];
const BY_ID = ['outputs', 'checkpoints'];

/** Deletes what is not kept any longer, inside the transaction of its caller. */
export class Retention {
  readonly #findRun: Statement;
  readonly #firstSeq: Statement;
  readonly #lastCut: Statement;
  readonly #dropKey: Statement;
  readonly #cutEvents: Statement;
  readonly #setBase: Statement;
  readonly #forks: Statement;
  readonly #deleteByKey: readonly Statement[];
  readonly #deleteById: readonly Statement[];
  readonly #lastPos: Statement;
  readonly #placeHolder: Statement;
  readonly #countPruned: Statement;

  constructor(db: Database) {
    this.#findRun = db.prepare('SELECT run, last_seq AS lastSeq, owner FROM runs WHERE run_id = ?');
    this.#firstSeq = db.prepare('SELECT min(seq) AS seq FROM events WHERE run = ?');
    this.#lastCut = db.prepare(
      'SELECT idempotency_key AS key, hash FROM events WHERE run = ? AND seq = ?',
    );
    this.#dropKey = db.prepare(
      'UPDATE events SET idempotency_key = NULL WHERE run = ? AND idempotency_key = ?',
    );
    this.#cutEvents = db.prepare('DELETE FROM events WHERE run = ? AND seq <= ?');
    this.#setBase = db.prepare('INSERT OR REPLACE INTO cuts(run, base, hash) VALUES(?, ?, ?)');
    this.#forks = db.prepare('SELECT run_id AS runId FROM runs WHERE forked_from = ?');
    this.#deleteByKey = BY_KEY.map((table) => db.prepare(`DELETE FROM ${table} WHERE run = ?`));
    this.#deleteById = BY_ID.map((table) => db.prepare(`DELETE FROM ${table} WHERE run_id = ?`));
    this.#lastPos = db.prepare(LAST_POS);
    this.#placeHolder = db.prepare(
      `INSERT INTO events(pos, run, seq, event_id, type, emitted_at, epoch, late, payload)
       VALUES(?, 0, 0, '', '', 0, 0, 0, '')`,
    );
    this.#countPruned = db.prepare(
      "UPDATE settings SET value = CAST(CAST(value AS INTEGER) + ? AS TEXT) WHERE name = 'pruned'",
    );
  }

  /** Throws a RunchartError before it has written anything, or cuts. */
  cut({ runId, throughSeq, base }: Cut): null {
    const head = this.#find(runId);
    if (head === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    checkCut(runId, throughSeq, head.lastSeq);
    const { seq: firstSeq } = this.#firstSeq.get(head.run) as { seq: number };
    if (throughSeq < firstSeq) return null;
    const { key, hash } = this.#lastCut.get(head.run, throughSeq) as {
      key: string | null;
      hash: string | null;
    };
    this.#cutEvents.run(head.run, throughSeq);
    // A key that recorded events on both sides of the cut would answer half of them.
    if (key !== null) this.#dropKey.run(head.run, key);
    this.#setBase.run(head.run, base, hash);
    return null;
  }

  /** The ids of the runs that were deleted, in the order given. */
  forget(runIds: readonly string[]): readonly string[] {
    const runs = this.#forgettable(runIds);
    const { pos } = this.#lastPos.get() as { pos: number };
    for (const [runId, run] of runs) {
      for (const statement of this.#deleteById) statement.run(runId);
      for (const statement of this.#deleteByKey) statement.run(run);
    }
    this.#keepPosition(pos);
    if (runs.size > 0) this.#countPruned.run(runs.size);
    return [...runs.keys()];
  }

  /** The runs that may go, with their keys: what stays keeps what it was forked from, and so on. */
  #forgettable(runIds: readonly string[]): ReadonlyMap<string, number> {
    const runs = new Map<string, number>();
    for (const runId of runIds) {
      const head = this.#find(runId);
      if (head !== undefined && head.owner === null) runs.set(runId, head.run);
    }
    const hasForkThatStays = (runId: string): boolean =>
      this.#forks.all(runId).some((row) => !runs.has((row as { runId: string }).runId));
    for (let before = -1; before !== runs.size;) {
      before = runs.size;
      for (const runId of runs.keys()) if (hasForkThatStays(runId)) runs.delete(runId);
    }
    return runs;
  }

  /**
   * A position that was given out is not given out again: watchers of other processes look for what is
   * behind the last one they saw. So when the newest event went, a row of no run stands in its place.
   */
  #keepPosition(before: number): void {
    if ((this.#lastPos.get() as { pos: number }).pos === before) return;
    this.#deleteByKey[0]?.run(0);
    this.#placeHolder.run(before);
  }

  #find(runId: string): RunHead | undefined {
    return this.#findRun.get(runId) as RunHead | undefined;
  }
}
