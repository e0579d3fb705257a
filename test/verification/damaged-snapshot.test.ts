import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { defineRun, type Verification } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { temporaryDirectory } from '../stores/backends.ts';
import { open } from '../support/runtime/helpers.ts';

const RUNS = 3;

const work = defineRun<undefined, undefined, string>({
  name: 'work',
  execute: async ({ step, child }) => {
    await step('write', () => 'x');
    return child(inner);
  },
});
const inner = defineRun<undefined, undefined, string>({ name: 'inner', execute: () => 'done' });

/** A closed file with runs that have a child each. */
async function fileWithRuns(): Promise<string> {
  const path = join(await temporaryDirectory(), 'runs.db');
  await using runtime = await open({
    stores: sqlite(path, { writer: 'inline' }),
    definitions: [work, inner],
  });
  for (let n = 0; n < RUNS; n += 1) await (await runtime.start(work)).result();
  return path;
}

async function verifyAllIn(path: string): Promise<Verification[]> {
  await using runtime = await open({ stores: sqlite(path, { writer: 'inline' }) });
  const all: Verification[] = [];
  for await (const one of runtime.verifyAll()) {
    // Asked for by itself it says the same.
    expect(await runtime.verify(one.runId)).toEqual(one);
    all.push(one);
  }
  return all;
}

it.each(['', 'x', 'null', '[]', '"text"', '7', '{}', '{"v":2}', '{"status":'])(
  'a run whose snapshot is %j is verified, and said to be damaged, and so are the others, which are not',
  async (text) => {
    const path = await fileWithRuns();
    const db = new DatabaseSync(path);
    const [{ id } = { id: '' }] = db
      .prepare("SELECT run_id AS id FROM runs WHERE definition = 'work' LIMIT 1 OFFSET 1")
      .all() as { readonly id: string }[];
    db.prepare('UPDATE runs SET snapshot = ? WHERE run_id = ?').run(text, id);
    db.close();
    const all = await verifyAllIn(path);
    expect(all.filter(({ ok }) => !ok).map(({ runId }) => runId)).toEqual([id]);
    expect(all).toHaveLength(2 * RUNS);
    const { problems, events, sha256 } = all.find(({ runId }) => runId === id) ?? {};
    expect(problems?.join()).toMatch(/the stored snapshot is (no JSON|not the fold of the log)/);
    // The log is whole, and folds to what the snapshot was.
    expect(events).toBeGreaterThan(6);
    expect(sha256).toMatch(/^[\da-f]{64}$/);
  },
);

it('a run whose snapshot was scribbled over in the file is told from those that were not', async () => {
  const path = await fileWithRuns();
  const whole = readFileSync(path);
  const places: number[] = [];
  // Only snapshots have it, and logs that say the same can still be folded.
  for (let at = -1; (at = whole.indexOf('"eventCount":', at + 1)) !== -1;) places.push(at);
  expect(places.length).toBeGreaterThanOrEqual(2 * RUNS);
  let found = 0;
  for (const [i, at] of places.entries()) {
    const copy = join(path, '..', `copy-${i}.db`);
    copyFileSync(path, copy);
    const bytes = Buffer.from(whole);
    bytes.fill(0xff, at, at + 8);
    writeFileSync(copy, bytes);
    const damaged = (await verifyAllIn(copy)).filter(({ ok }) => !ok);
    expect(damaged.length, 'an old page may be damaged').toBeLessThanOrEqual(1);
    found += damaged.length;
  }
  expect(found).toBe(2 * RUNS);
});
