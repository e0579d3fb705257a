import { RunchartError } from '../../errors.ts';
import { parseStored } from '../../stored-json.ts';
import type { WriteGuard } from '../checkpointer.ts';
import { blobOf, outputExists } from '../output-rules.ts';
import type { OutputQuery, OutputRecord, OutputScope } from '../output-store.ts';
import { plainColumn, textColumn } from './columns.ts';
import { untilDecided } from './database.ts';
import type { Database } from './database.ts';
import { checkHold, fenceOf } from './fence.ts';
import type { HoldRow } from './fence.ts';
import { prepared } from './statement.ts';
import { sqlState, UNIQUE_VIOLATION } from './store-error.ts';
import { givenText, keptOrNull, keptText } from './storable-text.ts';

interface OutputRow {
  readonly id: string;
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly producer: string;
  readonly event: string;
  readonly parentRefs: string;
  readonly createdAtMs: number;
}

/** What stands in the way of an output. */
interface Verdict extends HoldRow {
  readonly isThere: boolean;
  readonly missing: string | null;
  readonly isClosed: boolean;
  readonly isStored: boolean;
}

/** Reads and writes outputs; `out`, the order of insertion, is what "newest" and "after" go by. */
export class OutputTable {
  readonly #database: Database;
  readonly #place: string;
  readonly #insert: string;
  readonly #import: string;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#place = place;
    this.#insert = insertion(place);
    this.#import = importing(place);
  }

  async append(record: OutputRecord, guard?: WriteGuard): Promise<void> {
    const { id, runId, taskId, attempt, parentRefs } = record;
    const values = [...valuesOf(record), textColumn(parentRefs.map(keptText))];
    await untilDecided(async () => {
      const [verdict] = await this.#database.rows<Verdict>(
        prepared(this.#insert, [...values, guard?.expectedEpoch ?? null]),
      );
      if (verdict === undefined) throw new TypeError('Expected an answer about an output.');
      if (verdict.isStored) return true;
      if (verdict.isThere) throw outputExists(id);
      checkHold(runId, verdict, guard?.expectedEpoch);
      if (verdict.missing !== null) {
        throw new RunchartError(
          'OUTPUT_NOT_FOUND',
          `Output ${id} names a parent ${givenText(verdict.missing)} that does not exist.`,
        );
      }
      if (verdict.isClosed) {
        throw new RunchartError(
          'ATTEMPT_CLOSED',
          `Attempt ${attempt} of task ${taskId} has its final output already; start another attempt.`,
        );
      }
      // Somebody else wrote what stands in its way at the same moment: now it can be seen.
      return undefined;
    });
  }

  /** One transaction: when a record is refused, none is stored. */
  async import(records: readonly OutputRecord[]): Promise<void> {
    const rows = records.map(valuesOf);
    const texts = (n: number): Buffer => textColumn(rows.map((row) => row[n] as string | null));
    const numbers = (n: number): string => plainColumn(rows.map((row) => row[n] as number));
    const columns = VALUES.map((_, n) => (NUMBERS.has(n) ? numbers(n) : texts(n)));
    try {
      await this.#database.rows(prepared(this.#import, columns));
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      throw new RunchartError(
        'ATTEMPT_CLOSED',
        `One of these ${records.length} outputs is a second final one of its attempt; none was stored.`,
        { cause: error },
      );
    }
  }

  async get(id: string): Promise<OutputRecord | undefined> {
    return (await this.#select('output_id = $1', [keptText(id)]))[0];
  }

  async latest(
    by: 'producer' | 'artifact',
    name: string,
    { runId }: OutputScope = {},
  ): Promise<OutputRecord | undefined> {
    const isThere = by === 'artifact' ? ' AND artifact IS NOT NULL' : '';
    const newest = 'ORDER BY out DESC LIMIT 1';
    const found =
      runId === undefined
        ? await this.#select(`${by} = $1${isThere} ${newest}`, [keptText(name)])
        : await this.#select(`${by} = $1${isThere} AND run_id = $2 ${newest}`, [
            keptText(name),
            keptText(runId),
          ]);
    return found[0];
  }

  listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]> {
    return this.#select('task_id = $1 AND attempt = $2 ORDER BY out', [keptText(taskId), attempt]);
  }

  async list({
    runId,
    afterId,
    limit,
    reverse = false,
  }: OutputQuery): Promise<readonly OutputRecord[]> {
    const start = reverse ? Number.MAX_SAFE_INTEGER : 0;
    const after = afterId === undefined ? start : await this.#positionOf(afterId);
    const order = reverse ? 'out < $2 ORDER BY out DESC' : 'out > $2 ORDER BY out';
    const ofRun = runId === undefined ? '$1::text IS NULL' : 'run_id = $1';
    return this.#select(`${ofRun} AND ${order} LIMIT $3`, [keptOrNull(runId), after, limit]);
  }

  async usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#database.rows<{ sha256: string }>(
      prepared(
        `SELECT sha256 FROM unnest($1::text[]) AS asked(sha256)
         WHERE EXISTS(SELECT 1 FROM ${this.#place}.outputs WHERE blob = sha256 AND blob IS NOT NULL)`,
        [textColumn(sha256s.map(keptText))],
      ),
    );
    return new Set(rows.map(({ sha256 }) => givenText(sha256)));
  }

  async #positionOf(id: string): Promise<number> {
    const [row] = await this.#database.rows<{ out: number }>(
      prepared(`SELECT out FROM ${this.#place}.outputs WHERE output_id = $1`, [keptText(id)]),
    );
    if (row !== undefined) return row.out;
    throw new RunchartError('OUTPUT_NOT_FOUND', `There is no output ${id} in this store.`);
  }

  async #select(where: string, values: readonly unknown[]): Promise<readonly OutputRecord[]> {
    const sql = `
      SELECT output_id AS id, run_id AS "runId", task_id AS "taskId", attempt, producer, event,
        parents AS "parentRefs", created_at AS "createdAtMs"
      FROM ${this.#place}.outputs WHERE ${where}`;
    return (await this.#database.rows<OutputRow>(prepared(sql, values))).map(toOutput);
  }
}

const VALUES = [
  'output_id',
  'run_id',
  'task_id',
  'attempt',
  'producer',
  'kind',
  'artifact',
  'blob',
  'created_at',
  'parents',
  'event',
] as const;
const NUMBERS: ReadonlySet<number> = new Set([
  VALUES.indexOf('attempt'),
  VALUES.indexOf('created_at'),
]);

/** In the order of `VALUES`. */
function valuesOf(record: OutputRecord): readonly (string | number | null)[] {
  const { id, runId, taskId, attempt, producer, event, parentRefs, createdAtMs } = record;
  return [
    keptText(id),
    keptText(runId),
    keptText(taskId),
    attempt,
    keptText(producer),
    event.type,
    event.type === 'artifact' ? keptText(event.name) : null,
    keptOrNull(blobOf(event)),
    createdAtMs,
    JSON.stringify(parentRefs),
    keptText(JSON.stringify(event)),
  ];
}

function importing(place: string): string {
  const lists = VALUES.map((_, n) => `$${n + 1}::${NUMBERS.has(n) ? 'bigint' : 'text'}[]`);
  const columns = VALUES.join(', ');
  return `
    INSERT INTO ${place}.outputs(${columns})
    SELECT ${columns} FROM unnest(${lists.join(', ')}) WITH ORDINALITY AS o(${columns}, n) ORDER BY n
    ON CONFLICT (output_id) DO NOTHING`;
}

function toOutput(row: OutputRow): OutputRecord {
  const id = givenText(row.id);
  return {
    id,
    runId: givenText(row.runId),
    taskId: givenText(row.taskId),
    attempt: row.attempt,
    producer: givenText(row.producer),
    event: parseStored(givenText(row.event), () => `output ${id}`),
    parentRefs: parseStored(row.parentRefs, () => `the parents of output ${id}`),
    createdAtMs: row.createdAtMs,
  };
}

/** The lock on the run keeps the outputs of one run in order of their commits: a reader sees no gap. */
function insertion(place: string): string {
  return `
  WITH hold AS MATERIALIZED (${fenceOf(place, '$2')}),
  verdict AS MATERIALIZED (
    SELECT (SELECT epoch FROM hold) AS epoch, (SELECT owner FROM hold) AS owner,
      EXISTS(SELECT 1 FROM ${place}.outputs WHERE output_id = $1::text) AS "isThere",
      (SELECT parent FROM unnest($12::text[]) WITH ORDINALITY AS p(parent, n)
        WHERE NOT EXISTS(SELECT 1 FROM ${place}.outputs WHERE output_id = parent)
        ORDER BY n LIMIT 1) AS missing,
      $6 = 'final' AND EXISTS(SELECT 1 FROM ${place}.outputs
        WHERE task_id = $3 AND attempt = $4::bigint AND kind = 'final') AS "isClosed"
  ),
  stored AS (
    INSERT INTO ${place}.outputs(${VALUES.join(', ')})
    SELECT $1, $2::text, $3::text, $4, $5::text, $6::text, $7::text, $8::text, $9::bigint, $10::text, $11::text
    FROM verdict
    WHERE NOT "isThere" AND missing IS NULL AND NOT "isClosed"
      AND (owner IS NULL OR $13::bigint IS NULL OR epoch = $13)
    ON CONFLICT DO NOTHING RETURNING out
  )
  SELECT verdict.*, EXISTS(SELECT 1 FROM stored) AS "isStored" FROM verdict`;
}
