import { RunchartError } from '../../errors.ts';
import type { OutputQuery, OutputRecord, OutputScope } from '../output-store.ts';
import type { Database, SqlValue, Statement } from './driver.ts';
import { OUTPUT_COLUMNS, toOutput } from './rows.ts';

const SELECT = `SELECT ${OUTPUT_COLUMNS} FROM outputs`;
const NEWEST = 'ORDER BY out DESC LIMIT 1';

/** Reads outputs; `out`, the order of insertion, is what "newest" and "after" go by. */
export class OutputReader {
  readonly #position: Statement;
  readonly #get: Statement;
  readonly #byProducer: Statement;
  readonly #byRunAndProducer: Statement;
  readonly #byArtifact: Statement;
  readonly #byRunAndArtifact: Statement;
  readonly #byAttempt: Statement;
  readonly #byRun: Statement;
  readonly #byRunReversed: Statement;
  readonly #all: Statement;
  readonly #allReversed: Statement;
  readonly #usedBlobs: Statement;

  constructor(db: Database) {
    this.#position = db.prepare('SELECT out FROM outputs WHERE output_id = ?');
    this.#get = db.prepare(`${SELECT} WHERE output_id = ?`);
    this.#byProducer = db.prepare(`${SELECT} WHERE producer = ? ${NEWEST}`);
    this.#byRunAndProducer = db.prepare(`${SELECT} WHERE producer = ? AND run_id = ? ${NEWEST}`);
    this.#byArtifact = db.prepare(`${SELECT} WHERE artifact = ? ${NEWEST}`);
    this.#byRunAndArtifact = db.prepare(`${SELECT} WHERE artifact = ? AND run_id = ? ${NEWEST}`);
    this.#byAttempt = db.prepare(`${SELECT} WHERE task_id = ? AND attempt = ? ORDER BY out`);
    this.#byRun = db.prepare(`${SELECT} WHERE run_id = ? AND out > ? ORDER BY out LIMIT ?`);
    this.#byRunReversed = db.prepare(
      `${SELECT} WHERE run_id = ? AND out < ? ORDER BY out DESC LIMIT ?`,
    );
    this.#all = db.prepare(`${SELECT} WHERE out > ? ORDER BY out LIMIT ?`);
    this.#allReversed = db.prepare(`${SELECT} WHERE out < ? ORDER BY out DESC LIMIT ?`);
    this.#usedBlobs = db.prepare(
      `SELECT value AS sha256 FROM json_each(?)
       WHERE EXISTS(SELECT 1 FROM outputs WHERE blob = json_each.value AND blob IS NOT NULL)`,
    );
  }

  get(id: string): OutputRecord {
    return one(this.#get, id) ?? notFound(id);
  }

  latestByProducer(producer: string, { runId }: OutputScope = {}): OutputRecord | undefined {
    if (runId === undefined) return one(this.#byProducer, producer);
    return one(this.#byRunAndProducer, producer, runId);
  }

  latestByArtifact(name: string, { runId }: OutputScope = {}): OutputRecord | undefined {
    if (runId === undefined) return one(this.#byArtifact, name);
    return one(this.#byRunAndArtifact, name, runId);
  }

  listForAttempt(taskId: string, attempt: number): readonly OutputRecord[] {
    return this.#byAttempt.all(taskId, attempt).map(toOutput);
  }

  list({ runId, afterId, limit, reverse = false }: OutputQuery): readonly OutputRecord[] {
    const start = reverse ? Number.MAX_SAFE_INTEGER : 0;
    const after = afterId === undefined ? start : this.#positionOf(afterId);
    if (runId === undefined) {
      const all = reverse ? this.#allReversed : this.#all;
      return all.all(after, limit).map(toOutput);
    }
    const statement = reverse ? this.#byRunReversed : this.#byRun;
    return statement.all(runId, after, limit).map(toOutput);
  }

  usedBlobs(sha256s: readonly string[]): ReadonlySet<string> {
    const rows = this.#usedBlobs.all(JSON.stringify(sha256s)) as { sha256: string }[];
    return new Set(rows.map(({ sha256 }) => sha256));
  }

  #positionOf(id: string): number {
    const row = this.#position.get(id) as { out: number } | undefined;
    return row?.out ?? notFound(id);
  }
}

function one(statement: Statement, ...values: SqlValue[]): OutputRecord | undefined {
  const row = statement.get(...values);
  return row === undefined ? undefined : toOutput(row);
}

function notFound(id: string): never {
  throw new RunchartError('OUTPUT_NOT_FOUND', `There is no output ${id} in this store.`);
}
