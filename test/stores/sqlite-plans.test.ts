import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { RunQuery } from '../../src/stores/index.ts';
import type { Database, OpenDatabase } from '../../src/stores/sqlite/index.ts';
import { openNodeDatabase } from '../../src/stores/sqlite/node-driver.ts';
import { GONE_RUNS } from '../../src/stores/sqlite/event-reader.ts';
import { countQuery, listQuery } from '../../src/stores/sqlite/run-query.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { openFor, temporaryFile } from './backends.ts';

function planOf(db: DatabaseSync, sql: string): readonly string[] {
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

/** A new file, opened beside the stores, and all that the stores prepared. */
async function prepared(): Promise<{ db: DatabaseSync; statements: ReadonlySet<string> }> {
  const path = await temporaryFile();
  const statements = new Set<string>();
  const driver: OpenDatabase = (file, options) => {
    const db = openNodeDatabase(file, options);
    const recording: Database = {
      exec: (sql) => db.exec(sql),
      prepare: (sql) => {
        statements.add(sql);
        return db.prepare(sql);
      },
      close: () => db.close(),
    };
    return recording;
  };
  await openFor(sqlite(path, { driver }));
  return { db: new DatabaseSync(path), statements };
}

describe('what SQLite looks through', () => {
  const lists: readonly (readonly [Partial<RunQuery>, string])[] = [
    [{}, 'INTEGER PRIMARY KEY'],
    [{ statuses: ['a'] }, 'runs_status'],
    [{ statuses: ['a', 'b', 'c'] }, 'runs_status'],
    [{ sessionId: 's' }, 'runs_session'],
    [{ owner: 'o' }, 'runs_owner'],
    [{ parentRunId: 'p' }, 'runs_parent'],
    [{ forkedFrom: 'f' }, 'runs_fork'],
    [{ statuses: ['a', 'b'], owner: 'o' }, 'runs_owner'],
    [{ statuses: ['a', 'b'], parentRunId: 'p' }, 'runs_parent'],
    [{ statuses: ['a'], forkedFrom: 'f', definition: 'd' }, 'runs_fork'],
    [{ sessionId: 's', owner: 'o', parentRunId: 'p' }, 'runs_parent'],
    [{ forkedFrom: 'f', owner: 'o', parentRunId: 'p' }, 'runs_fork'],
  ];

  it('a list walks one index from its end on, and sorts nothing', async () => {
    const { db } = await prepared();
    for (const [query, index] of lists) {
      const searches = planOf(db, listQuery(query, 9).sql).filter((line) => / runs\b/.test(line));
      expect(searches.length, JSON.stringify(query)).toBe(
        query.owner || query.parentRunId || query.forkedFrom ? 1 : (query.statuses?.length ?? 1),
      );
      for (const line of searches)
        expect(line).toMatch(new RegExp(`^SEARCH runs USING .*${index}`));
    }
    for (const [query] of lists) {
      expect(planOf(db, listQuery(query, 9).sql).join('\n')).not.toContain('TEMP B-TREE');
    }
    db.close();
  });

  it('a list of a span of time walks the same index, between keys that are looked up in the index of instants', async () => {
    const { db } = await prepared();
    for (const [query, index] of lists) {
      for (const order of ['newest', 'oldest'] as const) {
        const span = { createdFromMs: 1, createdBeforeMs: 9, order };
        const plan = planOf(db, listQuery({ ...query, ...span }, 9).sql);
        expect(plan.join('\n')).not.toMatch(/SCAN (?!CONSTANT)|TEMP B-TREE/);
        const searches = plan.filter((line) => / runs\b/.test(line));
        const [walks, bounds] = [
          searches.filter((line) => !line.includes('runs_created')),
          searches.filter((line) => line.includes('runs_created')),
        ];
        expect(walks.length).toBeGreaterThan(0);
        for (const line of walks) expect(line).toMatch(new RegExp(`USING .*${index}.*(run|rowid)`));
        expect(bounds.length).toBe(2 * walks.length);
        for (const line of bounds) expect(line).toContain('COVERING INDEX runs_created');
      }
    }
    db.close();
  });

  it('whose turn it is in a session is found without looking at its runs that are over', async () => {
    const { db } = await prepared();
    const query = { statuses: ['a', 'b'], sessionId: 's', order: 'oldest' } as const;
    const plan = planOf(db, listQuery(query, 0).sql).filter((line) => / runs\b/.test(line));
    const walk = 'SEARCH runs USING INDEX runs_turn (session_id=? AND status=? AND run>?)';
    expect(plan).toEqual([walk, walk]);
    db.close();
  });

  it('counting goes through the narrow index of statuses, or through that of the turns of a session', async () => {
    const { db } = await prepared();
    const all = planOf(db, countQuery({}).sql);
    expect(all).toEqual(['SCAN runs USING COVERING INDEX runs_status']);
    const ofSession = planOf(db, countQuery({ sessionId: 's' }).sql).join('\n');
    expect(ofSession).toBe('SEARCH runs USING COVERING INDEX runs_turn (session_id=?)');
    db.close();
  });

  it('no statement over runs and their logs, and none that deletes, reads a whole table or sorts', async () => {
    const { db, statements } = await prepared();
    const ofRuns = [...statements].filter(
      (sql) => /\b(runs|events|cuts|settings)\b/.test(sql) || sql.startsWith('DELETE'),
    );
    expect(ofRuns.length).toBeGreaterThan(20);
    // Counting the runs that are gone is the one question that goes through all: asked once per verification.
    for (const sql of ofRuns.filter((sql) => sql !== GONE_RUNS)) {
      // The one table that may be gone through is the list of owners that a query is building.
      const plan = planOf(db, sql).filter((line) => line !== 'SCAN found');
      expect(plan.join('\n'), sql).not.toMatch(/SCAN (?!CONSTANT)|TEMP B-TREE/);
    }
    db.close();
  });

  it('an append on top of the last one touches no index of the runs', async () => {
    const { db, statements } = await prepared();
    const updates = [...statements].filter((sql) => sql.startsWith('UPDATE runs'));
    const writes = updates.map((sql) => {
      const code = db.prepare(`EXPLAIN ${sql}`).all() as { opcode: string }[];
      return code.filter(({ opcode }) => opcode === 'IdxInsert' || opcode === 'IdxDelete').length;
    });
    // The others move a run among lists, as an import may.
    expect(writes).toHaveLength(3);
    expect(writes.filter((count) => count === 0)).toHaveLength(1);
    db.close();
  });
});
