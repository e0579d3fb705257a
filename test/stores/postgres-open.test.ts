import { describe, expect, it, onTestFinished } from 'vitest';
import { Pool } from 'pg';
import type { Stores } from '../../src/stores/index.ts';
import { postgres, type PostgresOptions } from '../../src/stores/postgres/index.ts';
import { commitOf, outputOf } from '../../src/testing/cases/builders.ts';
import { ask } from '../support/postgres/ask.ts';
import { newDatabase, newSchema, postgresUrl } from '../support/postgres/fixture.ts';

async function opened(options: Partial<PostgresOptions>): Promise<Stores> {
  const stores = postgres(options.pool === undefined ? { url: postgresUrl, ...options } : options);
  await stores.open();
  onTestFinished(() => stores.close());
  return stores;
}

describe('opening stores in Postgres', () => {
  it('many at once make one schema, and share it', async () => {
    const schema = newSchema();
    const all = await Promise.all(Array.from({ length: 6 }, () => opened({ schema })));
    const secrets = await Promise.all(all.map(({ events }) => events.secret()));
    expect(new Set(secrets).size).toBe(1);
    await all[0]?.events.append([commitOf('run_1', 0)]);
    expect((await all[5]?.events.get('run_1'))?.lastSeq).toBe(1);
  });

  it('a schema of a later version is STORE_VERSION, and is left as it is', async () => {
    const schema = newSchema();
    await (await opened({ schema })).close();
    await ask(postgresUrl, `UPDATE "${schema}".runchart_schema SET version = 99`);
    await expect(opened({ schema })).rejects.toMatchObject({ code: 'STORE_VERSION' });
    const [row] = await ask(postgresUrl, `SELECT version FROM "${schema}".runchart_schema`);
    expect(row).toEqual({ version: 99 });
  });

  it('a schema that has to exist and does not is INPUT_INVALID, and is not made', async () => {
    const schema = newSchema();
    const code = 'INPUT_INVALID';
    await expect(opened({ schema, mustExist: true })).rejects.toMatchObject({ code });
    const made = await ask(postgresUrl, 'SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    expect(made).toEqual([]);
    await opened({ schema });
    await opened({ schema, mustExist: true });
  });

  it('no server is STORE_FAILED, and tells no password', async () => {
    const stores = postgres({ url: 'postgres://somebody:hidden@127.0.0.1:1/nothing' });
    const error = await stores.open().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_FAILED' });
    expect(`${String(error)} ${stores.location}`).not.toContain('hidden');
  });

  it('options that are none are refused before anything is opened', () => {
    for (const options of [
      {},
      { url: postgresUrl, schema: '' },
      { url: postgresUrl, schema: 'x'.repeat(64) },
      { url: postgresUrl, connections: 0 },
      { url: postgresUrl, leaseMs: 0.5 },
    ]) {
      expect(() => postgres(options)).toThrow(TypeError);
    }
  });

  it('a pool of the caller is used, and not ended', async () => {
    const pool = new Pool({ connectionString: postgresUrl, max: 4 });
    onTestFinished(() => pool.end());
    const stores = await opened({ pool, schema: newSchema() });
    const { events } = stores;
    const lease = await events.enlist('own_1');
    const runs = Array.from({ length: 20 }, (_, n) => events.append([commitOf(`run_${n}`, 0)]));
    expect((await Promise.all(runs)).flat()).toHaveLength(20);
    await lease.release();
    await stores.close();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('two handles on one schema', () => {
  it("that write to the same runs in opposite orders do not stand in each other's way", async () => {
    // In a database of its own: the server counts by database who stood in whose way.
    const url = await newDatabase();
    const [one, two] = [await opened({ url }), await opened({ url })];
    const runIds = Array.from({ length: 30 }, (_, n) => `run_${n}`);
    await one.events.append(runIds.map((runId) => commitOf(runId, 0)));
    let stored = 0;
    for (let seq = 1; seq <= 20; seq += 1) {
      const batch = runIds.map((runId) => commitOf(runId, seq));
      const answers = await Promise.all([
        one.events.append(batch),
        two.events.append(batch.toReversed()),
      ]);
      stored += answers.flat().filter(({ kind }) => kind === 'stored').length;
    }
    expect(stored).toBe(20 * runIds.length);
    await Promise.all([one.close(), two.close()]);
    const [locks] = await ask(
      postgresUrl,
      'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = $1',
      [new URL(url).pathname.slice(1)],
    );
    expect(locks).toEqual({ n: 0 });
  });

  it('a value that Postgres cannot take is refused alone, and its neighbours are stored', async () => {
    const { events } = await opened({ schema: newSchema() });
    // Noise, as what repeats itself would be packed.
    const tooLong = Array.from({ length: 9_000 }, () => Math.random().toString(36)[2]).join('');
    const batch = [commitOf('run_1', 0), commitOf(tooLong, 0), commitOf('run_2', 0)];
    await expect(events.append(batch)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect((await events.get('run_1'))?.lastSeq).toBe(1);
    expect((await events.get('run_2'))?.lastSeq).toBe(1);
    expect(await events.get(tooLong)).toBeUndefined();
  });

  it('outputs of one run that come at once through both are read without a gap', async () => {
    const schema = newSchema();
    const [one, two] = [await opened({ schema }), await opened({ schema })];
    await one.events.append([commitOf('run_1', 0)]);
    const writing = Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (n % 2 === 0 ? one : two).outputs.append(outputOf(`out_${n}`)),
      ),
    );
    const seen: string[] = [];
    while (seen.length < 60) {
      const afterId = seen.at(-1);
      const page = await one.outputs.list({
        runId: 'run_1',
        limit: 7,
        ...(afterId !== undefined && { afterId }),
      });
      seen.push(...page.map(({ id }) => id));
    }
    await writing;
    expect(new Set(seen).size).toBe(60);
  });
});
