import { checkImport, refuseImport } from '../check-import.ts';
import type { ImportedEvent, RunImport, RunRecord } from '../event-store.ts';
import { plainColumn, textColumn } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { prepared } from './statement.ts';
import { givenText, keptOrNull, keptText } from './storable-text.ts';
import { LostRace } from './store-error.ts';

interface Found {
  readonly run: number | null;
  readonly lastSeq: number | null;
  readonly isChained: boolean;
  readonly hasSource: boolean;
  readonly createdBy: string | null;
}

/** Writes runs of other stores. */
export class RunImporter {
  readonly #database: Database;
  readonly #origin: string;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, place: string, origin: string) {
    this.#database = database;
    this.#origin = origin;
    this.#sql = statements(place);
  }

  /** All pieces are one transaction: when one is refused, none is stored. */
  async write(pieces: readonly RunImport[]): Promise<void> {
    await this.#database.transaction(async (queries) => {
      for (const piece of pieces) await this.#write(queries, piece);
      const runIds = [...new Set(pieces.map(({ run }) => keptText(run.runId)))];
      await queries.rows(prepared(this.#sql.tell, [this.#origin, textColumn(runIds)]));
    });
  }

  async #write(queries: Queries, piece: RunImport): Promise<void> {
    checkImport(piece);
    const { run, first, events } = piece;
    const values = [keptText(run.runId), keptOrNull(run.forkedFrom), keptOrNull(first?.key)];
    await queries.rows(prepared(this.#sql.lock, values.slice(0, 2)));
    const [found] = await queries.rows<Found>(prepared(this.#sql.find, values));
    if (found === undefined) throw new TypeError('Expected an answer about a run.');
    const { createdBy } = found;
    refuseImport(piece, {
      lastSeq: found.lastSeq ?? undefined,
      isChained: found.isChained,
      hasSource: () => found.hasSource,
      createdBy: () => (createdBy === null ? undefined : givenText(createdBy)),
    });
    const head = events.at(-1)?.hash ?? null;
    const key = first === undefined ? found.run : await this.#add(queries, run, first, head);
    if (key === null) throw new TypeError('Expected a run to go on with.');
    if (first === undefined) await this.#goOn(queries, run, key, head);
    await this.#addEvents(queries, key, events);
  }

  async #add(
    queries: Queries,
    run: RunRecord,
    first: NonNullable<RunImport['first']>,
    head: string | null,
  ): Promise<number> {
    const [added] = await queries.rows<{ run: number }>(
      prepared(this.#sql.add, [
        keptText(run.runId),
        keptText(run.sessionId),
        keptOrNull(run.definition),
        keptOrNull(first.key),
        first.createdSeq,
        keptText(run.status),
        run.lastSeq,
        run.epoch,
        keptOrNull(run.owner),
        run.wakeAtMs,
        keptOrNull(run.parentRunId),
        keptOrNull(run.forkedFrom),
        run.createdAtMs,
        run.updatedAtMs,
        keptText(run.snapshot),
        head,
      ]),
    );
    // Somebody else has created it, or another run with its key, since it was looked for.
    if (added === undefined) throw new LostRace();
    await queries.rows(prepared(this.#sql.count));
    if (first.base !== null) {
      const cut = [added.run, first.firstSeq, keptText(first.base), first.baseHash];
      await queries.rows(prepared(this.#sql.cut, cut));
    }
    return added.run;
  }

  async #goOn(queries: Queries, run: RunRecord, key: number, head: string | null): Promise<void> {
    await queries.rows(
      prepared(this.#sql.goOn, [
        key,
        keptText(run.status),
        keptOrNull(run.owner),
        run.wakeAtMs,
        run.lastSeq,
        run.epoch,
        run.updatedAtMs,
        keptText(run.snapshot),
        head,
      ]),
    );
  }

  async #addEvents(queries: Queries, run: number, events: readonly ImportedEvent[]): Promise<void> {
    await queries.rows(
      prepared(this.#sql.events, [
        run,
        plainColumn(events.map(({ seq }) => seq)),
        textColumn(events.map(({ eventId }) => keptText(eventId))),
        textColumn(events.map(({ type }) => keptText(type))),
        plainColumn(events.map(({ emittedAtMs }) => emittedAtMs)),
        plainColumn(events.map(({ epoch }) => epoch)),
        plainColumn(events.map(({ late }) => late)),
        textColumn(events.map(({ key }) => keptOrNull(key))),
        textColumn(events.map(({ payload }) => keptText(payload))),
        textColumn(events.map(({ hash }) => hash)),
      ]),
    );
  }
}

function statements(place: string) {
  return {
    // What is locked stays as it is found by the statement after this one.
    lock: `
      SELECT run FROM ${place}.runs WHERE run_id = ANY(ARRAY[$1::text, $2::text]) ORDER BY run FOR UPDATE`,
    find: `
      SELECT r.run, r.last_seq AS "lastSeq", r.head IS NOT NULL AS "isChained", s.run IS NOT NULL AS "hasSource",
        k.run_id AS "createdBy"
      FROM (SELECT) AS one LEFT JOIN ${place}.runs AS r ON r.run_id = $1
        LEFT JOIN ${place}.runs AS s ON s.run_id = $2
        LEFT JOIN ${place}.runs AS k ON k.idempotency_key = $3 AND k.idempotency_key IS NOT NULL`,
    add: `
      INSERT INTO ${place}.runs(run_id, session_id, definition, idempotency_key, created_seq, status, last_seq,
        epoch, owner, wake_at, parent_run_id, forked_from, created_at, updated_at, snapshot, head)
      VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
      ON CONFLICT DO NOTHING RETURNING run`,
    count: `
      UPDATE ${place}.counters SET created = created + 1 WHERE slot = pg_backend_pid() % 16`,
    cut: `INSERT INTO ${place}.cuts(run, first_seq, base, hash) VALUES($1, $2, $3, $4)`,
    goOn: `
      UPDATE ${place}.runs SET status = $2, owner = $3, wake_at = $4, last_seq = $5, epoch = $6, updated_at = $7,
        snapshot = $8, head = $9 WHERE run = $1`,
    events: `
      INSERT INTO ${place}.events(run, seq, event_id, type, emitted_at, epoch, late, idempotency_key, payload, hash)
      SELECT $1::bigint, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
        $7::boolean[], $8::text[], $9::text[], $10::text[])`,
    tell: `INSERT INTO ${place}.changes(origin, run_ids) VALUES($1, $2::text[])`,
  };
}
