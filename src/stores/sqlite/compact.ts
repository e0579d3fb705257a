import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import type { Database } from './driver.ts';
import { scalar } from './open-writer.ts';
import type { Writer } from './writer.ts';

/**
 * The steps of giving space back. None can be part of a transaction with other jobs.
 *
 * - `slice` cuts some free pages off the end of the file, having moved used ones to the front.
 * - `rewrite` writes the file anew, so that it can be cut in slices from then on.
 * - `empty-log` takes the log into the file, and cuts the log to nothing.
 */
export type CompactStep = 'slice' | 'rewrite' | 'empty-log';

/** 1 MiB: some milliseconds for those who wait to write. */
const SLICE_PAGES = 256;

/** Between slices, and between attempts to empty the log: time for the writers of other processes. */
const PAUSE_MS = 2;

/** Answers what is left to do, in pages; 0 when the step is done. */
export function compactStep(db: Database, step: CompactStep): number {
  if (step === 'slice') {
    // Not by a prepared statement: each of its steps would free one page only.
    db.exec(`PRAGMA incremental_vacuum(${SLICE_PAGES})`);
    return Number(scalar(db, 'PRAGMA freelist_count'));
  }
  if (step === 'rewrite') {
    db.exec('VACUUM');
    return 0;
  }
  // The bulk without keeping anybody from writing, then what came meanwhile.
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  const { busy, log } = row as { busy: number; log: number };
  return busy === 0 ? 0 : Math.max(log, 1);
}

/**
 * Cuts free pages off the file, and empties the log. Others write between the slices. A file that was
 * made by an earlier version is written anew the first time, while others wait.
 */
export async function compact(reader: Database, writer: Writer, patienceMs: number): Promise<void> {
  // The count first: it looks at the file, and so the mode is the one that the file has now.
  let free = Number(scalar(reader, 'PRAGMA freelist_count'));
  if (Number(scalar(reader, 'PRAGMA auto_vacuum')) !== INCREMENTAL) {
    await writer.run({ kind: 'compact', step: 'rewrite' });
    free = 0;
  }
  // Others may free pages meanwhile: those are for the next time.
  for (; free > 0; free -= SLICE_PAGES) {
    if ((await writer.run({ kind: 'compact', step: 'slice' })) === 0) break;
    await sleep(PAUSE_MS);
  }
  await emptyLog(writer, patienceMs);
}

/** What `PRAGMA auto_vacuum` answers. */
const INCREMENTAL = 2;

/** Whoever reads an old state at the moment, or writes, keeps the log from being emptied. */
async function emptyLog(writer: Writer, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while ((await writer.run({ kind: 'compact', step: 'empty-log' })) > 0) {
    if (performance.now() >= deadline) {
      throw new RunchartError(
        'STORE_BUSY',
        `Another process has read or written for ${patienceMs} ms, so the log of the database could ` +
          `not be emptied; compact again later.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}
