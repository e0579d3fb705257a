import { describeCases } from '../support/describe-cases.ts';
import { backends } from './backends.ts';

/** Contents lie in files beside any database alike, and their cases take their time. */
const WITHOUT_BLOBS = new Set(['sqlite, normal', 'sqlite, better-sqlite3']);
const BLOBS_ALONE = new Set(['memory, with contents in files']);
/** The long cases take seconds, and say the same of each mode of SQLite. */
const WITH_SLOW = new Set(['memory', 'sqlite, inline']);

for (const [name, fixture] of Object.entries(backends)) {
  await describeCases(name, fixture, { quick: !WITH_SLOW.has(name) }, ({ contract }) =>
    contract === 'blob store' ? !WITHOUT_BLOBS.has(name) : !BLOBS_ALONE.has(name),
  );
}
