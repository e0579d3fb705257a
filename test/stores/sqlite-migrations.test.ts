import { chmod, copyFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/stores/sqlite/schema.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { RunRecord, Stores } from '../../src/stores/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { openFor, temporaryFile } from './backends.ts';

/** A copy of the file that the code of schema version `version` wrote. It is never made anew. */
async function fileOf(version: number): Promise<string> {
  const path = await temporaryFile();
  const golden = fileURLToPath(new URL(`../fixtures/runs-v${version}.db`, import.meta.url));
  await copyFile(golden, path);
  // The fixture may be read-only, and so would be its copy.
  await chmod(path, 0o644);
  return path;
}

function query(path: string, sql: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(path);
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    db.close();
  }
}

/** Everything in the stores, as the contracts give it out. */
async function everything({ events, outputs, checkpoints }: Stores): Promise<unknown[]> {
  const { runs } = await events.list({ limit: 99 });
  return Promise.all(
    runs.map(async (run) => {
      const { runId } = run;
      const definition = run.definition ?? '';
      return {
        run,
        log: await events.read(runId, { limit: 99 }),
        outputs: await outputs.list({ runId, limit: 99 }),
        checkpoints: await checkpoints.list({ definition, runId }),
        latest: await checkpoints.latest({ definition, runId }),
      };
    }),
  );
}

const byStatus = ({ runs }: { runs: readonly RunRecord[] }): Record<string, RunRecord> =>
  Object.fromEntries(runs.map((run) => [run.status, run]));

describe('files of earlier schema versions', () => {
  it('of version 1 opens with all that is in it; what is new is empty', async () => {
    const path = await fileOf(1);
    expect(query(path, 'PRAGMA user_version')).toEqual([{ user_version: 1 }]);
    const was = query(path, 'SELECT * FROM runs ORDER BY run');
    const logs = query(path, 'SELECT * FROM events ORDER BY pos');
    const stores = await openFor(sqlite(path, { writer: 'inline' }));
    const { facts, problems } = await stores.diagnose();
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({
      schemaVersion: SCHEMA_VERSION,
      runs: 3,
      events: 17,
      outputs: 1,
      checkpoints: 2,
    });
    const added = { wake_at: null, parent_run_id: null, forked_from: null, head: null };
    const runs = query(path, 'SELECT * FROM runs ORDER BY run');
    expect(runs).toEqual(was.map((row) => ({ ...row, ...added })));
    expect(query(path, 'SELECT * FROM events ORDER BY pos')).toEqual(
      logs.map((row) => ({ ...row, hash: null })),
    );
    for (const run of (await stores.events.list({ limit: 9 })).runs) {
      expect(run).toMatchObject({ wakeAtMs: null, parentRunId: null, forkedFrom: null });
      const page = await stores.events.read(run.runId, { limit: 99 });
      expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, i) => i + 1));
      expect(page).toMatchObject({ firstSeq: 1, base: null, nextAfterSeq: run.lastSeq });
    }
  });

  it('of version 1 keeps its keys, outputs, checkpoints and owners', async () => {
    const stores = await openFor(sqlite(await fileOf(1)));
    const { events, outputs, checkpoints } = stores;
    const { completed, created } = byStatus(await events.list({ limit: 9 }));
    if (completed === undefined || created === undefined) throw new Error('the fixture lacks runs');
    const { runId } = completed;
    const [again] = await events.append([commitOf('run_new', 0, { idempotencyKey: 'monday' })]);
    expect(again).toMatchObject({ kind: 'repeat', runId, events: [{ type: 'run.created' }] });
    const keyed = await events.findByKey(created.runId, 'rake once');
    expect(keyed).toMatchObject([{ seq: 2, type: 'tool.completed' }]);
    expect(await events.owners()).toEqual([created.owner]);
    expect(await outputs.latestByArtifact('report')).toMatchObject({ runId });
    const latest = await checkpoints.latest({ definition: 'tidy', runId });
    expect(latest).toMatchObject({ superStep: 1, version: 2, label: null });
    expect(latest?.values).toEqual({ rooms: ['hall', 'kitchen'], count: 2 });
  });

  it('of version 1 is written to, and read the same after that and after compacting', async () => {
    const path = await fileOf(1);
    const stores = await openFor(sqlite(path));
    const before = await everything(stores);
    const { created } = byStatus(await stores.events.list({ limit: 9 }));
    const record = { ...created, lastSeq: 3, owner: null, wakeAtMs: 0 } as RunRecord;
    const commit = { ...commitOf(record.runId, 2), run: record };
    expect(await stores.events.append([commit, commitOf('run_new', 0)])).toEqual([
      { kind: 'stored' },
      { kind: 'stored' },
    ]);
    // Keys go on behind those that were there.
    expect(query(path, "SELECT run FROM runs WHERE run_id = 'run_new'")).toEqual([{ run: 4 }]);
    expect(query(path, 'PRAGMA auto_vacuum')).toEqual([{ auto_vacuum: 0 }]);
    const after = await everything(stores);
    expect([after[1], after[3]]).toEqual([before[0], before[2]]);
    await stores.compact();
    expect(query(path, 'PRAGMA auto_vacuum')).toEqual([{ auto_vacuum: 2 }]);
    expect(await everything(stores)).toEqual(after);
    expect((await stores.diagnose()).problems).toEqual([]);
  });

  it('have the schema that their entry among the migrations makes: entries are never edited', async () => {
    const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name';
    const path = await temporaryFile();
    const db = new DatabaseSync(path);
    for (const [i, sql] of MIGRATIONS.slice(0, 2).entries()) {
      db.exec(sql);
      expect(query(path, schema)).toEqual(query(await fileOf(i + 1), schema));
    }
    db.close();
  });

  it('of version 2 opens with all that is in it, counts what was not pruned, and has no chains', async () => {
    const path = await fileOf(2);
    expect(query(path, 'PRAGMA user_version')).toEqual([{ user_version: 2 }]);
    const before = ['runs', 'events WHERE run > 0', 'outputs', 'checkpoints', 'cuts'].map((table) =>
      query(path, `SELECT * FROM ${table}`),
    );
    const stores = await openFor(sqlite(path, { writer: 'inline', chain: true }));
    const after = ['runs', 'events WHERE run > 0', 'outputs', 'checkpoints', 'cuts'].map((table) =>
      query(path, `SELECT * FROM ${table}`),
    );
    const added = [{ head: null }, { hash: null }, {}, {}, { hash: null }];
    expect(after).toEqual(before.map((rows, i) => rows.map((row) => ({ ...row, ...added[i] }))));
    expect(before.map((rows) => rows.length > 0)).toEqual(added.map(() => true));
    expect(await stores.events.goneRuns()).toEqual({ pruned: 0, lost: 0 });
    const { facts, problems } = await stores.diagnose();
    expect([facts['schemaVersion'], problems]).toEqual([SCHEMA_VERSION, []]);
    const { runs } = await stores.events.list({ limit: 1 });
    const run = runs[0] as RunRecord;
    const next = { ...commitOf(run.runId, run.lastSeq), run: { ...run, lastSeq: run.lastSeq + 1 } };
    expect(await stores.events.append([next])).toEqual([{ kind: 'stored' }]);
    const page = await stores.events.read(run.runId, { limit: 99, chain: true });
    expect(page.chain?.hashes.filter((hash) => hash !== null)).toEqual([]);
  });

  it('of a version count what is pruned from then on, and tell what is gone otherwise', async () => {
    const path = await fileOf(1);
    const stores = await openFor(sqlite(path, { writer: 'inline' }));
    const { completed, cancelled } = byStatus(await stores.events.list({ limit: 9 }));
    await stores.forget([completed?.runId ?? '']);
    expect(await stores.events.goneRuns()).toEqual({ pruned: 1, lost: 0 });
    expect((await stores.diagnose()).problems).toEqual([]);
    const db = new DatabaseSync(path);
    db.exec(`DELETE FROM events WHERE run = 3; DELETE FROM runs WHERE run = 3`);
    db.close();
    expect(await stores.events.get(cancelled?.runId ?? '')).toBeUndefined();
    expect(await stores.events.goneRuns()).toEqual({ pruned: 1, lost: 1 });
    expect((await stores.diagnose()).problems).toEqual([
      expect.stringContaining('1 of the runs that were in this file are gone'),
    ]);
  });

  it('share one secret among processes that open the file', async () => {
    const path = await fileOf(1);
    const one = await openFor(sqlite(path));
    const two = await openFor(sqlite(path, { writer: 'inline' }));
    const secret = await one.events.secret();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await two.events.secret()).toBe(secret);
    const other = await openFor(sqlite(await fileOf(1), { writer: 'inline' }));
    expect(await other.events.secret()).not.toBe(secret);
  });
});
