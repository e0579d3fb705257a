import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunQuery } from '../../src/stores/index.ts';
import type { PgClient, PgPool, PgQuery } from '../../src/stores/postgres/index.ts';
import { postgres } from '../../src/stores/postgres/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { ask } from '../support/postgres/ask.ts';
import { newDatabase, newSchema, postgresUrl } from '../support/postgres/fixture.ts';

/** More for a look at what plans come to with many runs. */
const RUNS = Number(process.env['RUNCHART_RUNS'] ?? 3_000);

/** A pool of single connections that keeps the statements that were prepared on them. */
class RecordingPool implements PgPool {
  readonly statements = new Map<string, PgQuery>();
  readonly #clients: Client[] = [];

  async connect(): Promise<PgClient> {
    const client = new Client({ connectionString: postgresUrl });
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return {
      query: (query) => {
        if (query.name !== undefined) this.statements.set(query.text, query);
        return client.query({ ...query });
      },
      release: () => void client.end(),
      on: () => client,
    };
  }

  async end(): Promise<void> {
    for (const client of this.#clients) await client.end();
  }

  on(): void {}
}

async function filled(schema: string): Promise<void> {
  // By the server itself, as that is much faster than through the stores.
  await ask(
    postgresUrl,
    `INSERT INTO "${schema}".runs(run_id, session_id, definition, status, owner, wake_at, parent_run_id,
       forked_from, created_seq, last_seq, epoch, created_at, updated_at, snapshot)
     SELECT 'run_' || n, 'ses_' || n % 300, 'def_' || n % 5, 'status_' || n % 7,
       CASE WHEN n % 50 = 0 THEN 'own_' || n % 3 END, CASE WHEN n % 20 = 1 THEN n END,
       CASE WHEN n % 10 = 0 THEN 'run_' || n / 100 END, CASE WHEN n % 30 = 0 THEN 'run_' || n / 100 END,
       1, 1, 1, n, n, repeat('x', 300)
     FROM generate_series(1, ${RUNS}) AS n`,
  );
  await ask(
    postgresUrl,
    `INSERT INTO "${schema}".events(run, seq, emitted_at, epoch, late, event_id, type, payload)
     SELECT run, 1, 1, 1, false, 'e', 't', '{}' FROM "${schema}".runs`,
  );
  await ask(postgresUrl, `VACUUM ANALYZE "${schema}".runs, "${schema}".events`);
}

const LISTS: readonly Partial<RunQuery>[] = [
  {},
  { statuses: ['status_1'] },
  { statuses: ['status_1', 'status_2', 'none'] },
  { sessionId: 'ses_1' },
  { owner: 'own_1' },
  { parentRunId: 'run_1' },
  { forkedFrom: 'run_1' },
  { statuses: ['status_1', 'status_2'], owner: 'own_1' },
  { statuses: ['status_1'], forkedFrom: 'run_1', definition: 'def_1' },
  { createdFromMs: 10, createdBeforeMs: 90 },
  { createdFromMs: RUNS - 5, order: 'oldest', statuses: ['status_1'] },
];

describe('what Postgres looks through', () => {
  it('no statement over runs and their logs reads a whole table, and a page reads what it holds', async () => {
    const schema = newSchema();
    const pool = new RecordingPool();
    const stores = postgres({ pool, schema });
    await stores.open();
    onTestFinished(() => stores.close());
    await filled(schema);
    const { events } = stores;
    for (const query of LISTS) await events.list({ ...query, limit: 9 });
    await events.countByStatus({});
    await events.countByStatus({ sessionId: 'ses_1' });
    await events.due({ atMs: 100, definitions: ['def_1', 'def_2'], limit: 9 });
    await events.owners();
    await events.get('run_1');
    await events.read('run_1', { limit: 9 });
    await events.findByKey('run_1', 'k');
    await events.append([commitOf('run_1', 1, { idempotencyKey: 'k' }), commitOf('new', 0)]);
    await events.append([commitOf('run_2', 1), commitOf('run_3', 7)]);
    await stores.forget(['run_999999']);
    const client = new Client({ connectionString: postgresUrl });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(
      `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
       SET plan_cache_mode = force_generic_plan`,
    );
    expect(pool.statements.size).toBeGreaterThan(20);
    for (const [i, { text, values = [] }] of [...pool.statements.values()].entries()) {
      await client.query('BEGIN');
      await client.query(`PREPARE s${i} AS ${text}`);
      const call = `EXECUTE s${i}${values.length > 0 ? `(${literals(values)})` : ''}`;
      const { rows } = await client.query<Record<string, string>>(
        `EXPLAIN (ANALYZE, COSTS OFF) ${call}`,
      );
      await client.query('ROLLBACK');
      const plan = rows.map((row) => row['QUERY PLAN'] ?? '');
      expect(plan.join('\n'), text).not.toMatch(/Seq Scan on (runs|events)/);
      // Counting goes through an index as a whole; all else reads what it answers, and a little more.
      if (text.includes('count(*)')) continue;
      for (const line of plan) {
        const read = /actual time=\S+ rows=([\d.]+) loops=([\d.]+)/.exec(line);
        if (read === null) continue;
        expect(Number(read[1]) * Number(read[2]), `${text}\n${plan.join('\n')}`).toBeLessThan(200);
      }
    }
  });

  it('appends to a run write to no index of the runs', async () => {
    // In a database of its own: what others still look at elsewhere would keep old rows on the pages.
    const url = await newDatabase();
    const stores = postgres({ url });
    await stores.open();
    const run = { owner: 'own_1', status: 'executing', definition: 'd', wakeAtMs: 5 };
    const ids = Array.from({ length: 50 }, (_, n) => `run_${n}`);
    const snapshot = (seq: number) => JSON.stringify({ at: seq, text: 'x'.repeat(500) });
    for (let seq = 0; seq < 30; seq += 1) {
      await stores.events.append(
        ids.map((runId) => commitOf(runId, seq, { run: { ...run, snapshot: snapshot(seq) } })),
      );
    }
    const updates = async () => {
      const [row] = await ask(
        url,
        `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_all_tables
         WHERE schemaname = 'runchart' AND relname = 'runs'`,
      );
      return row as { all: number; hot: number };
    };
    // A connection tells what it has counted when it ends, or after a while.
    await stores.close();
    await expect.poll(async () => (await updates()).all).toBe(29 * ids.length);
    const { all, hot } = await updates();
    console.log(`postgres-plans: ${hot} of ${all} updates wrote to no index`);
    // All, on a server where nothing else is going on: a transaction that is open elsewhere keeps old rows on
    // the pages. An index of what an append changes would make it none.
    expect(hot / all).toBeGreaterThan(0.3);
  });
});

/** Values of a statement as SQL text. */
function literals(values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (value === null) return 'NULL';
      const text = Buffer.isBuffer(value) ? listOf(value) : `${value as string | number}`;
      return `'${text.replaceAll("'", "''")}'`;
    })
    .join(', ');
}

/** A list of texts from the binary form of the protocol. */
function listOf(binary: Buffer): string {
  const items: string[] = [];
  for (let at = 20; at < binary.length;) {
    const length = binary.readInt32BE(at);
    at += 4;
    if (length === -1) items.push('NULL');
    else {
      items.push(JSON.stringify(binary.toString('utf8', at, at + length)));
      at += length;
    }
  }
  return `{${items.join(',')}}`;
}
