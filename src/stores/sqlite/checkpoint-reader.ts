import { readChain } from '../checkpoint-chain.ts';
import type { Checkpoint, CheckpointKey, CheckpointLine, CheckpointMeta } from '../checkpointer.ts';
import type { Database, SqlValue, Statement } from './driver.ts';
import { CHECKPOINT_COLUMNS, toCheckpointMeta } from './rows.ts';

const OF_LINE = 'FROM checkpoints WHERE run_id = ? AND definition = ?';

/**
 * The rows of the chain that ends with row `end` (SQL), oldest first: a row is always newer than what
 * it builds on. One statement, so that a chain is never read while it goes away.
 */
export function selectChain(columns: string, end: string): string {
  return `
    WITH RECURSIVE chain(ck) AS (
      SELECT (${end})
      UNION ALL
      SELECT base FROM chain JOIN checkpoints USING(ck) WHERE base IS NOT NULL
    )
    SELECT ${columns} FROM checkpoints WHERE ck IN (SELECT ck FROM chain) ORDER BY ck`;
}

/** Reads checkpoints, by the index that keeps their versions apart and then by row. */
export class CheckpointReader {
  readonly #load: Statement;
  readonly #loadVersion: Statement;
  readonly #latest: Statement;
  readonly #list: Statement;
  readonly #lines: Statement;

  constructor(db: Database) {
    const columns = 'super_step AS superStep, version, label, created_at AS createdAtMs, vals';
    const chain = (end: string): Statement => db.prepare(selectChain(columns, end));
    this.#load = chain(`SELECT ck ${OF_LINE} AND super_step = ? ORDER BY version DESC LIMIT 1`);
    this.#loadVersion = chain(`SELECT ck ${OF_LINE} AND super_step = ? AND version = ?`);
    this.#latest = chain(`SELECT ck ${OF_LINE} ORDER BY super_step DESC, version DESC LIMIT 1`);
    this.#list = db.prepare(`SELECT ${CHECKPOINT_COLUMNS} ${OF_LINE} ORDER BY super_step, version`);
    this.#lines = db.prepare('SELECT DISTINCT definition FROM checkpoints WHERE run_id = ?');
  }

  load(key: CheckpointKey): Checkpoint | undefined {
    const { superStep, version } = key;
    if (version === undefined) return read(this.#load, key, [superStep]);
    return read(this.#loadVersion, key, [superStep, version]);
  }

  latest(line: CheckpointLine): Checkpoint | undefined {
    return read(this.#latest, line);
  }

  list({ definition, runId }: CheckpointLine): readonly CheckpointMeta[] {
    return this.#list.all(runId, definition).map(toCheckpointMeta);
  }

  lines(runId: string): readonly CheckpointLine[] {
    const rows = this.#lines.all(runId) as { definition: string }[];
    return rows.map(({ definition }) => ({ definition, runId }));
  }
}

type ChainRow = Omit<Checkpoint, 'definition' | 'runId' | 'values'> & { readonly vals: string };

function read(
  statement: Statement,
  { definition, runId }: CheckpointLine,
  values: readonly SqlValue[] = [],
): Checkpoint | undefined {
  const rows = statement.all(runId, definition, ...values) as ChainRow[];
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const { vals: _, ...meta } = last;
  return { definition, runId, ...meta, values: readChain(rows.map(({ vals }) => vals)) };
}
