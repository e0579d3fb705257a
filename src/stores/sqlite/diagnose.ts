import { existsSync, statSync } from 'node:fs';
import type { StoreReport } from '../stores.ts';
import type { Database } from './driver.ts';
import { GONE_RUNS } from './event-reader.ts';
import { scalar, schemaVersion } from './open-writer.ts';
import type { WriterFacts } from './open-writer.ts';
import { storeError } from './store-error.ts';

/** What there is to say about a file. Reads all of it (quick_check), so it takes time with its size. */
export function diagnose(
  db: Database,
  path: string,
  writer: WriterFacts,
  deadOwners: readonly string[],
): StoreReport {
  const problems: string[] = [];
  // A file that is damaged is what this is for: what can still be said is said.
  const told = (read: () => number): number | null => {
    try {
      return read();
    } catch (error) {
      problems.push(storeError(error, 'Reading the file').message);
      return null;
    }
  };
  const number = (sql: string): number => Number(scalar(db, sql));
  const count = (table: string) => told(() => number(`SELECT count(*) FROM ${table}`));
  const facts = {
    store: 'sqlite',
    file: path,
    sqliteVersion: writer.sqliteVersion,
    schemaVersion: told(() => schemaVersion(db)),
    journalMode: writer.journalMode,
    synchronous: writer.synchronous,
    fileBytes: sizeOf(path),
    walBytes: sizeOf(`${path}-wal`),
    /** What `compact` can give back. */
    freeBytes: told(() => number('PRAGMA freelist_count') * number('PRAGMA page_size')),
    runs: count('runs'),
    events: count('events WHERE run > 0'),
    outputs: count('outputs'),
    checkpoints: count('checkpoints'),
    deadOwnerFiles: deadOwners.length,
  };
  return {
    facts,
    problems: [
      ...new Set([...problems, ...damage(db), ...orWhyNot(() => [...gaps(db), ...lost(db)])]),
    ],
  };
}

/** The sentences, or why they could not be found. */
function orWhyNot(find: () => string[]): string[] {
  try {
    return find();
  } catch (error) {
    return [storeError(error, 'Reading the file').message];
  }
}

/** What the file takes on the disk, with its log. */
export function bytesOf(path: string): number {
  return sizeOf(path) + sizeOf(`${path}-wal`);
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function damage(db: Database): string[] {
  try {
    const rows = db.prepare('PRAGMA quick_check(20)').all() as { quick_check: string }[];
    const lines = rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
    return lines.map((line) => `quick_check: ${line}`);
  } catch (error) {
    return [storeError(error, 'quick_check').message];
  }
}

function lost(db: Database): string[] {
  const { pruned, gone } = db.prepare(GONE_RUNS).get() as { pruned: number; gone: number };
  if (gone <= pruned) return [];
  return [
    `${gone - pruned} of the runs that were in this file are gone, and no prune deleted them; restore a copy of the file`,
  ];
}

/** A log is whole when it ends where its run says and lacks nothing since its first event. */
function gaps(db: Database): string[] {
  const rows = db
    .prepare(
      `SELECT run_id AS runId, last_seq AS lastSeq, count(pos) AS events, max(seq) AS maxSeq, min(seq) AS minSeq
       FROM runs LEFT JOIN events USING(run) GROUP BY run
       HAVING maxSeq <> last_seq OR maxSeq - minSeq + 1 <> events LIMIT 20`,
    )
    .all() as { runId: string; lastSeq: number; events: number; minSeq: number; maxSeq: number }[];
  return rows.map(
    ({ runId, lastSeq, events, minSeq, maxSeq }) =>
      `run ${runId} ends at event ${lastSeq}, but its log has ${events} events from ${minSeq} to ${maxSeq}`,
  );
}
