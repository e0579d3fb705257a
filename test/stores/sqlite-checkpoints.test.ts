import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { type ChannelValues, type CheckpointRef, diffState } from '../../src/stores/index.ts';
import type { Checkpointer } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { SqliteOptions } from '../../src/stores/sqlite/index.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/stores/sqlite/schema.ts';
import { checkpointOf } from '../../src/testing/cases/builders.ts';
import { openFor, temporaryFile } from './backends.ts';

const LINE = { definition: 'writer', runId: 'run_1' };
const MIB = 1024 * 1024;

/** Bytes of the file and its log. */
function sizeOf(path: string): number {
  const sizes = [path, `${path}-wal`].map((file) => (existsSync(file) ? statSync(file).size : 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Saves one state after the other, each as a change of the one before. */
async function saveAll(
  store: Checkpointer,
  states: Iterable<ChannelValues>,
  onSaved: () => void = () => {},
): Promise<void> {
  let last: { readonly from: CheckpointRef; readonly values: ChannelValues } | undefined;
  let superStep = 0;
  for (const values of states) {
    superStep += 1;
    const change = last && { from: last.from, patch: diffState(last.values, values) };
    const draft = checkpointOf(superStep, { values, ...(change && { change }) });
    const { version } = await store.save(draft);
    last = { from: { superStep, version }, values };
    onSaved();
  }
}

function* growing(steps: number): Generator<ChannelValues> {
  let log: readonly string[] = [];
  const facts = { goal: 'g'.repeat(300), user: 'u'.repeat(200) };
  for (let step = 1; step <= steps; step += 1) {
    log = log.concat(`${step} `.padEnd(1024, 'x'));
    yield { log, facts, stage: step < 10 ? 'begin' : 'middle', step };
  }
}

describe('checkpoints in a SQLite file', () => {
  const writers: Readonly<Record<string, SqliteOptions>> = {
    worker: {},
    inline: { writer: 'inline' },
  };
  for (const [name, options] of Object.entries(writers)) {
    it(`of 400 super-steps that add 1 KiB each take less than 3 MiB at any time (${name})`, async () => {
      const path = await temporaryFile();
      const stores = await openFor(sqlite(path, options));
      let most = 0;
      await saveAll(stores.checkpoints, growing(400), () => {
        most = Math.max(most, sizeOf(path));
      });
      expect(most).toBeLessThan(3 * MIB);
      const latest = await stores.checkpoints.latest(LINE);
      expect(latest?.values).toEqual([...growing(400)].at(-1));
      await stores.close();
      expect(sizeOf(path)).toBeLessThan(1.5 * MIB);
    });
  }

  it('of a big state that changes little take little, and each is read in a few rows', async () => {
    const path = await temporaryFile();
    const stores = await openFor(sqlite(path, { writer: 'inline' }));
    const big = Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat(1000) }));
    const states = Array.from({ length: 300 }, (_, n) => ({
      big: big.with(n, { n, text: 'new' }),
      n,
    }));
    await saveAll(stores.checkpoints, states);
    await stores.compact();
    expect(sizeOf(path)).toBeLessThan(3 * MIB);
    expect((await stores.checkpoints.load({ ...LINE, superStep: 150 }))?.values).toEqual(
      states[149],
    );
  });

  it('of a small state that is written anew all the time do not build on each other for ever', async () => {
    const path = await temporaryFile();
    const stores = await openFor(sqlite(path, { writer: 'inline' }));
    await saveAll(
      stores.checkpoints,
      Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat(1_000) })),
    );
    const db = new DatabaseSync(path, { readOnly: true });
    const { longest } = db
      .prepare(
        `WITH RECURSIVE chain(ck, length) AS (
           SELECT ck, 1 FROM checkpoints WHERE base IS NULL
           UNION ALL SELECT c.ck, length + 1 FROM checkpoints c JOIN chain ON c.base = chain.ck)
         SELECT max(length) AS longest FROM chain`,
      )
      .get() as { longest: number };
    db.close();
    expect(longest).toBeGreaterThan(2);
    expect(longest).toBeLessThan(12);
  });

  it('that were kept by schema version 1 are read, and changes of them saved', async () => {
    const path = await temporaryFile();
    const db = new DatabaseSync(path);
    db.exec(MIGRATIONS[0] ?? '');
    const values = { long: 'ü'.repeat(500), n: 1 };
    const insert = db.prepare(
      `INSERT INTO checkpoints(definition, run_id, super_step, version, label, created_at, vals)
       VALUES('writer', 'run_1', 1, ?, 'old', 5, ?)`,
    );
    insert.run(1, JSON.stringify({ n: 0 }));
    insert.run(2, JSON.stringify(values));
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    db.close();
    const { checkpoints } = await openFor(sqlite(path, { writer: 'inline' }));
    expect(await checkpoints.latest(LINE)).toEqual({
      ...LINE,
      superStep: 1,
      version: 2,
      label: 'old',
      createdAtMs: 5,
      values,
    });
    const change = {
      from: { superStep: 1, version: 2 },
      patch: diffState(values, { ...values, n: 2 }),
    };
    await checkpoints.save(checkpointOf(2, { change }));
    expect((await checkpoints.latest(LINE))?.values).toEqual({ ...values, n: 2 });
    expect(await checkpoints.list(LINE)).toHaveLength(3);
  });
});
