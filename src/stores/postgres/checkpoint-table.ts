import { patchLink, readChain, refuseBase, wholeLink } from '../checkpoint-chain.ts';
import type { Link } from '../checkpoint-chain.ts';
import type {
  Checkpoint,
  CheckpointDraft,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
  CheckpointRef,
  ImportedCheckpoint,
  WriteGuard,
} from '../checkpointer.ts';
import { untilDecided } from './database.ts';
import type { Database } from './database.ts';
import { checkHold, fenceOf } from './fence.ts';
import type { HoldRow } from './fence.ts';
import { prepared } from './statement.ts';
import { givenOrNull, givenText, keptOrNull, keptText } from './storable-text.ts';

/** A row that others can build on. */
interface Base {
  readonly ck: number;
  readonly room: number;
}

interface MetaRow {
  readonly superStep: number;
  readonly version: number;
  readonly label: string | null;
  readonly createdAtMs: number;
}

interface Saved extends HoldRow {
  readonly version: number | null;
  readonly hasBase: boolean;
}

/** Reads and writes checkpoints: what is kept is mostly what changed. */
export class CheckpointTable {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#sql = statements(place);
  }

  async save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta> {
    const { definition, runId, superStep, label, createdAtMs, values, change } = draft;
    const vals = keptText(JSON.stringify(change?.patch ?? values));
    const version = await untilDecided(async () => {
      const base = change === undefined ? undefined : await this.#base(draft, change.from, guard);
      const link = base === undefined ? wholeLink(vals) : await this.#link(base, vals);
      const [saved] = await this.#database.rows<Saved>(
        prepared(this.#sql.save, [
          keptText(runId),
          keptText(definition),
          superStep,
          keptOrNull(label),
          createdAtMs,
          link.isWhole || base === undefined ? null : base.ck,
          link.room,
          link.vals,
          guard?.expectedEpoch ?? null,
        ]),
      );
      if (saved === undefined) throw new TypeError('Expected an answer about a checkpoint.');
      if (saved.version !== null) return saved.version;
      checkHold(runId, saved, guard?.expectedEpoch);
      // Another one got the version at the same moment, or the base was deleted: now it can be seen.
      return undefined;
    });
    return { definition, runId, superStep, version, label, createdAtMs };
  }

  /** Leaves those alone that are there. */
  async import(imported: readonly ImportedCheckpoint[]): Promise<void> {
    for (const { version, ...draft } of imported) {
      const values = [...valuesOf(draft), draft.superStep, version];
      const [found] = await this.#database.rows<{ ck: number | null }>(
        prepared(this.#sql.base, values),
      );
      if (found?.ck === null) await this.save(draft);
    }
  }

  load(key: CheckpointKey): Promise<Checkpoint | undefined> {
    const values = [...valuesOf(key), key.superStep];
    if (key.version === undefined) return this.#read(key, prepared(this.#sql.load, values));
    return this.#read(key, prepared(this.#sql.loadVersion, [...values, key.version]));
  }

  latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    return this.#read(line, prepared(this.#sql.latest, valuesOf(line)));
  }

  async list(line: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    const rows = await this.#database.rows<MetaRow>(prepared(this.#sql.list, valuesOf(line)));
    return rows.map((row) => toMeta(line, row));
  }

  async lines(runId: string): Promise<readonly CheckpointLine[]> {
    const rows = await this.#database.rows<{ definition: string }>(
      prepared(this.#sql.lines, [keptText(runId)]),
    );
    return rows.map(({ definition }) => ({ definition: givenText(definition), runId }));
  }

  async delete(line: CheckpointLine): Promise<void> {
    await this.#database.rows(prepared(this.#sql.delete, valuesOf(line)));
  }

  /** A writer that was fenced is told so, whatever it builds on. */
  async #base(line: CheckpointLine, from: CheckpointRef, guard?: WriteGuard): Promise<Base> {
    const [row] = await this.#database.rows<HoldRow & { ck: number | null; room: number }>(
      prepared(this.#sql.base, [...valuesOf(line), from.superStep, from.version]),
    );
    if (row === undefined) throw new TypeError('Expected an answer about a checkpoint.');
    checkHold(line.runId, row, guard?.expectedEpoch);
    return row.ck === null ? refuseBase(line, from) : { ck: row.ck, room: row.room };
  }

  async #link({ ck, room }: Base, patch: string): Promise<Link> {
    const link = patchLink(patch, room, () => []);
    if (!link.isWhole) return link;
    const rows = await this.#database.rows<{ vals: string }>(prepared(this.#sql.chain, [ck]));
    return patchLink(patch, room, () => rows.map(({ vals }) => givenText(vals)));
  }

  async #read(
    line: CheckpointLine,
    query: ReturnType<typeof prepared>,
  ): Promise<Checkpoint | undefined> {
    const rows = await this.#database.rows<MetaRow & { vals: string }>(query);
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    return { ...toMeta(line, last), values: readChain(rows.map(({ vals }) => givenText(vals))) };
  }
}

function valuesOf({ runId, definition }: CheckpointLine): readonly string[] {
  return [keptText(runId), keptText(definition)];
}

function toMeta({ definition, runId }: CheckpointLine, row: MetaRow): CheckpointMeta {
  const { superStep, version, label, createdAtMs } = row;
  return { definition, runId, superStep, version, label: givenOrNull(label), createdAtMs };
}

function statements(place: string) {
  const ofLine = `FROM ${place}.checkpoints WHERE run_id = $1 AND definition = $2`;
  const meta = `super_step AS "superStep", version, label, created_at AS "createdAtMs"`;
  // The rows of the chain that ends with row `end`, oldest first: a row is always newer than what it builds on.
  const chain = (columns: string, end: string): string => `
    WITH RECURSIVE chain(ck) AS (
      SELECT (${end})
      UNION ALL
      SELECT c.base FROM chain JOIN ${place}.checkpoints AS c USING(ck) WHERE c.base IS NOT NULL
    )
    SELECT ${columns} FROM ${place}.checkpoints WHERE ck = ANY(ARRAY(SELECT ck FROM chain)) ORDER BY ck`;
  return {
    load: chain(
      `${meta}, vals`,
      `SELECT ck ${ofLine} AND super_step = $3 ORDER BY version DESC LIMIT 1`,
    ),
    loadVersion: chain(`${meta}, vals`, `SELECT ck ${ofLine} AND super_step = $3 AND version = $4`),
    lines: `SELECT DISTINCT definition FROM ${place}.checkpoints WHERE run_id = $1`,
    latest: chain(
      `${meta}, vals`,
      `SELECT ck ${ofLine} ORDER BY super_step DESC, version DESC LIMIT 1`,
    ),
    chain: chain('vals', 'SELECT $1::bigint'),
    list: `SELECT ${meta} ${ofLine} ORDER BY super_step, version`,
    delete: `DELETE ${ofLine}`,
    base: `
      SELECT c.ck, c.room, r.epoch, r.owner FROM (SELECT) AS one
        LEFT JOIN ${place}.checkpoints AS c
          ON c.run_id = $1 AND c.definition = $2 AND c.super_step = $3 AND c.version = $4
        LEFT JOIN ${place}.runs AS r ON r.run_id = $1`,
    save: `
      WITH hold AS MATERIALIZED (${fenceOf(place, '$1')}),
      based AS MATERIALIZED (
        SELECT ck FROM ${place}.checkpoints WHERE ck = $6::bigint FOR KEY SHARE
      ),
      verdict AS MATERIALIZED (
        SELECT (SELECT epoch FROM hold) AS epoch, (SELECT owner FROM hold) AS owner,
          $6 IS NULL OR EXISTS(SELECT 1 FROM based) AS "hasBase"
      ),
      saved AS (
        INSERT INTO ${place}.checkpoints(run_id, definition, super_step, version, label, created_at, base, room, vals)
        SELECT $1::text, $2::text, $3::bigint,
          1 + coalesce((SELECT max(version) ${ofLine} AND super_step = $3), 0),
          $4::text, $5::bigint, $6, $7::bigint, $8::text
        FROM verdict
        WHERE "hasBase" AND (owner IS NULL OR $9::bigint IS NULL OR epoch = $9)
        ON CONFLICT DO NOTHING RETURNING version
      )
      SELECT verdict.*, (SELECT version FROM saved) AS version FROM verdict`,
  };
}
