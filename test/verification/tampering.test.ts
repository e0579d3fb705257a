import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verification, VerifyOptions } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { open } from '../support/runtime/helpers.ts';
import { type Household, household } from './support/household.ts';

/** One thing that somebody changes in the file by hand, and what verify says then. */
interface Tampering {
  readonly what: string;
  /** `$parent` and the like stand for ids. */
  readonly sql?: string;
  /** Done to the folder of contents. */
  readonly files?: (path: string) => void;
  /** Of which run. */
  readonly of: Exclude<keyof Household, 'runtime'>;
  readonly says: RegExp;
  readonly options?: VerifyOptions;
}

const RUN = (name: string): string => `(SELECT run FROM runs WHERE run_id = '$${name}')`;
const eventOf = (name: string, type: string): string => `run = ${RUN(name)} AND type = '${type}'`;

const TAMPERINGS: readonly Tampering[] = [
  // the log
  {
    what: 'an event removed from the middle of a log',
    sql: `DELETE FROM events WHERE ${eventOf('cancelled', 'tool.completed')}`,
    of: 'cancelled',
    says: /seq 4 stands where 3 should/,
  },
  {
    what: 'the last event removed',
    sql: `DELETE FROM events WHERE run = ${RUN('cancelled')} AND seq = 6`,
    of: 'cancelled',
    says: /the log ends at seq 5, the record says 6/,
  },
  {
    what: 'the first event removed',
    sql: `DELETE FROM events WHERE run = ${RUN('cancelled')} AND seq = 1`,
    of: 'cancelled',
    says: /the log begins with run\.started at seq 2, not with run\.created/,
  },
  {
    what: 'an event inserted behind the last one',
    sql: `INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, payload)
      SELECT run, 7, 'evt_x', 'log', emitted_at, epoch, 1, payload FROM events
      WHERE run = ${RUN('cancelled')} AND seq = 6;
      UPDATE runs SET last_seq = 7 WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the stored snapshot is not the fold of the log/,
  },
  {
    what: 'a result changed in the log',
    sql: `UPDATE events SET payload = replace(payload, '1', '2') WHERE ${eventOf('child', 'run.completed')}`,
    of: 'child',
    says: /the stored snapshot is not the fold of the log/,
  },
  {
    what: 'the type of an event changed, and not its payload',
    sql: `UPDATE events SET type = 'run.failed' WHERE ${eventOf('cancelled', 'run.cancelled')}`,
    of: 'cancelled',
    says: /seq 5 is stored as run\.failed, and says that it is "run\.cancelled"/,
  },
  {
    what: 'a payload that is no JSON',
    sql: `UPDATE events SET payload = '{"type"' WHERE ${eventOf('cancelled', 'tool.completed')}`,
    of: 'cancelled',
    says: /seq 3 \(tool\.completed\) is no JSON/,
  },
  {
    what: 'a late event called in time',
    sql: `UPDATE events SET late = 0 WHERE run = ${RUN('cancelled')} AND seq = 6`,
    of: 'cancelled',
    says: /seq 6 says late: false on a run that was cancelled/,
  },
  {
    what: 'an event called late',
    sql: `UPDATE events SET late = 1 WHERE run = ${RUN('cancelled')} AND seq = 3`,
    of: 'cancelled',
    says: /seq 3 says late: true on a run that was executing/,
  },
  {
    what: 'an epoch that goes back',
    sql: `UPDATE events SET epoch = 0 WHERE run = ${RUN('cancelled')} AND seq = 4`,
    of: 'cancelled',
    says: /seq 4 has epoch 0 after epoch 1/,
  },
  {
    what: 'a time that goes back',
    sql: `UPDATE events SET emitted_at = 5 WHERE run = ${RUN('cancelled')} AND seq = 4`,
    of: 'cancelled',
    says: /seq 4 is older than the event before it/,
  },
  {
    what: 'a second run.created',
    sql: `UPDATE events SET type = 'run.created', payload = '{"type":"run.created"}'
      WHERE ${eventOf('cancelled', 'tool.completed')}`,
    of: 'cancelled',
    says: /seq 3 is a second run\.created/,
  },
  // the record
  {
    what: 'the status of a record',
    sql: `UPDATE runs SET status = 'completed' WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the log says status cancelled, the record says completed/,
  },
  {
    what: 'the epoch of a record',
    sql: `UPDATE runs SET epoch = 9 WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the log says epoch 2, the record says 9/,
  },
  {
    what: 'the definition of a record',
    sql: `UPDATE runs SET definition = 'other' WHERE run_id = '$child'`,
    of: 'child',
    says: /the log says definition dust, the record says other/,
  },
  {
    what: 'an owner of a run that is over',
    sql: `UPDATE runs SET owner = 'own_x' WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /it is over, and the record says that own_x owns it/,
  },
  {
    what: 'an instant to wake at that nobody asked for',
    sql: `UPDATE runs SET wake_at = 7 WHERE run_id = '$parked'`,
    of: 'parked',
    says: /to wake it at null, the record says 7/,
  },
  {
    what: 'the parent of a record',
    sql: `UPDATE runs SET parent_run_id = '$fork' WHERE run_id = '$child'`,
    of: 'child',
    says: /the log says parent run_\S+, the record says run_/,
  },
  {
    what: 'the times of a record',
    sql: `UPDATE runs SET updated_at = updated_at + 1, created_at = 3 WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the log says created at \d+, the record says 3/,
  },
  {
    what: 'the session of a record',
    sql: `UPDATE runs SET session_id = 'other' WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the stored snapshot is not the fold of the log/,
  },
  {
    what: 'a snapshot',
    sql: `UPDATE runs SET snapshot = replace(snapshot, 'rain', 'snow') WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the stored snapshot is not the fold of the log/,
  },
  {
    what: 'a snapshot that forgets a question',
    sql: `UPDATE runs SET snapshot = replace(snapshot, '["interrupt"]', '[]') WHERE run_id = '$parked'`,
    of: 'parked',
    says: /the stored snapshot is not the fold of the log/,
  },
  {
    what: 'a snapshot that is no JSON',
    sql: `UPDATE runs SET snapshot = '{' WHERE run_id = '$cancelled'`,
    of: 'cancelled',
    says: /the stored snapshot is no JSON/,
  },
  // lineage
  {
    what: 'a child removed',
    sql: `DELETE FROM events WHERE run = ${RUN('child')}; DELETE FROM runs WHERE run_id = '$child'`,
    of: 'parent',
    says: /its child run_\S+ is not in the store, and was not pruned/,
  },
  {
    what: 'a parent removed where another run was pruned before',
    sql: `UPDATE settings SET value = '1' WHERE name = 'pruned';
      DELETE FROM events WHERE run IN (${RUN('parent')}, ${RUN('cancelled')});
      DELETE FROM runs WHERE run_id IN ('$parent', '$cancelled')`,
    of: 'child',
    says: /its parent run_\S+ is not in the store, and was not pruned/,
  },
  {
    what: 'a parent removed',
    sql: `DELETE FROM events WHERE run = ${RUN('parent')}; DELETE FROM runs WHERE run_id = '$parent'`,
    of: 'child',
    says: /its parent run_\S+ is not in the store, and was not pruned/,
  },
  {
    what: 'the source of a fork removed',
    sql: `DELETE FROM events WHERE run = ${RUN('parent')}; DELETE FROM runs WHERE run_id = '$parent'`,
    of: 'fork',
    says: /its source run_\S+ is not in the store, and was not pruned/,
  },
  {
    what: 'what a parent tells of its child',
    sql: `UPDATE events SET payload = replace(payload, '$child', '$cancelled')
      WHERE ${eventOf('parent', 'child.started')}`,
    of: 'parent',
    says: /it tells of a child run_\S+, and that run says it comes from null/,
  },
  {
    what: 'what a source tells of its fork',
    sql: `UPDATE events SET payload = replace(payload, '$fork', '$cancelled')
      WHERE ${eventOf('parent', 'run.forked')}`,
    of: 'fork',
    says: /run run_\S+, whose checkpoint it began with, does not tell of it/,
  },
  {
    what: 'the checkpoint that a fork began with',
    sql: `DELETE FROM checkpoints WHERE run_id = '$parent'`,
    of: 'fork',
    says: /it began with checkpoint 2, version 1, of run run_\S+, which is not there/,
  },
  // checkpoints
  {
    what: 'a checkpoint removed',
    sql: `DELETE FROM checkpoints WHERE run_id = '$parent' AND super_step = 2`,
    of: 'parent',
    says: /seq \d+ tells of checkpoint 2, version 1, which is not there/,
  },
  {
    what: 'a checkpoint that is no JSON',
    sql: `UPDATE checkpoints SET vals = '{"' WHERE run_id = '$parent' AND super_step = 1`,
    of: 'parent',
    says: /seq \d+ tells of checkpoint 1, version 1, which cannot be read/,
  },
  // outputs
  {
    what: 'an output removed',
    sql: `DELETE FROM outputs WHERE run_id = '$parent' AND kind = 'final'`,
    of: 'parent',
    says: /seq \d+ tells of output out_\S+, which is not there/,
  },
  {
    what: 'an output added',
    sql: `INSERT INTO outputs(output_id, run_id, task_id, attempt, producer, kind, created_at, parents, event)
      VALUES('out_x', '$parent', '$parent', 1, 'run', 'progress', 5, '[]', '{"type":"progress","stage":"x"}')`,
    of: 'parent',
    says: /no event tells of output out_x, which is older than the run/,
  },
  {
    what: 'an output given to another run',
    sql: `UPDATE outputs SET run_id = '$child' WHERE run_id = '$parent' AND kind = 'final'`,
    of: 'parent',
    says: /says that the run of output out_\S+ is run_\S+, and it is run_/,
  },
  {
    what: 'the name of an artifact',
    sql: `UPDATE outputs SET event = replace(event, '"name":"report"', '"name":"other"') WHERE run_id = '$parent'`,
    of: 'parent',
    says: /says that the name of output out_\S+ is report, and it is other/,
  },
  {
    what: 'the attempt of an output',
    sql: `UPDATE outputs SET attempt = 4 WHERE run_id = '$parent' AND kind = 'final'`,
    of: 'parent',
    says: /output out_\S+ is of attempt 4, and there were 1/,
  },
  {
    what: 'what an output was made from',
    sql: `UPDATE outputs SET parents = '["out_nowhere"]' WHERE run_id = '$parent' AND kind = 'artifact'`,
    of: 'parent',
    says: /was made from output out_nowhere, which is not there/,
  },
  {
    what: 'an output that is no JSON',
    sql: `UPDATE outputs SET event = '{' WHERE run_id = '$parent' AND kind = 'final'`,
    of: 'parent',
    says: /its outputs cannot be read/,
  },
  // contents
  {
    what: 'a content that the store does not know to be used',
    sql: `UPDATE outputs SET blob = NULL WHERE run_id = '$parent'`,
    of: 'parent',
    says: /the store does not know that output out_\S+ uses the content/,
  },
  {
    what: 'a content removed',
    files: (path) => rmSync(path),
    of: 'parent',
    says: /the content [0-9a-f]{64} of output out_\S+ is not there; restore the contents/,
  },
  {
    what: 'a content cut short',
    files: (path) => truncateSync(path, 7),
    of: 'parent',
    says: /the content [0-9a-f]{64} of output out_\S+ has 7 bytes, and should have 2002/,
  },
  {
    what: 'a content that something was added to',
    files: (path) => appendFileSync(path, 'more'),
    of: 'parent',
    says: /the content [0-9a-f]{64} of output out_\S+ has 2006 bytes, and should have 2002/,
  },
  {
    what: 'a content changed, of the same size',
    files: (path) => writeFileSync(path, 'x'.repeat(2_002)),
    of: 'parent',
    says: /the content [0-9a-f]{64} of output out_\S+ is damaged/,
    options: { blobs: true },
  },
];

let folder: string;
let house: Household;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runchart-tampering-'));
  house = await household(sqlite(join(folder, 'runs.db'), { writer: 'inline' }));
  await house.runtime.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the store in which one thing was changed, and what verify says of one run. */
async function verified({
  sql,
  files,
  of,
  options,
}: Omit<Tampering, 'what' | 'says'>): Promise<Verification> {
  const copy = mkdtempSync(join(tmpdir(), 'runchart-tampered-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const path = join(copy, 'runs.db');
    const db = new DatabaseSync(path);
    const named = (sql ?? '').replaceAll(/\$(\w+)/g, (_, name: Tampering['of']) => house[name]);
    const before = Number(db.prepare('SELECT total_changes() AS n').get()?.['n']);
    db.exec(named);
    const changes = Number(db.prepare('SELECT total_changes() AS n').get()?.['n']) - before;
    db.close();
    if (sql !== undefined && changes === 0) throw new Error(`nothing was changed by ${named}`);
    if (files !== undefined) files(contentIn(`${path}-blobs/sha256`));
    await using runtime = await open({
      stores: sqlite(path, { writer: 'inline' }),
      recovery: 'leave',
    });
    return await runtime.verify(house[of], options);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function contentIn(directory: string): string {
  const name = readdirSync(directory, { recursive: true, withFileTypes: true }).find((entry) =>
    entry.isFile(),
  );
  if (name === undefined) throw new Error(`there is no content in ${directory}`);
  return join(name.parentPath, name.name);
}

describe('verify tells of', () => {
  it('nothing, as long as nobody has changed anything', async () => {
    for (const of of ['parent', 'child', 'fork', 'parked', 'cancelled'] as const) {
      const { problems, notes } = await verified({ of, options: { blobs: true } });
      expect([problems, notes]).toEqual([[], []]);
    }
  });

  it.each(TAMPERINGS)('$what', async ({ says, ...tampering }) => {
    const { ok, problems } = await verified(tampering);
    expect(problems.join('\n')).toMatch(says);
    expect(ok).toBe(false);
    for (const problem of problems) {
      expect(problem).toMatch(new RegExp(`^Run ${house[tampering.of]}: .*; [a-z].*\\.$`));
    }
  });

  it('nothing of a content whose size is right, unless it is asked to read it', async () => {
    const files = (path: string): void => writeFileSync(path, 'x'.repeat(2_002));
    expect(await verified({ files, of: 'parent' })).toMatchObject({ ok: true });
  });
});
