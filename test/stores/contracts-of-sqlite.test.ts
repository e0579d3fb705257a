import { describeCases } from '../support/describe-cases.ts';
import { backends } from './backends.ts';

// A file beside that of the other backends, so that both run at once.
const QUICK = { quick: true };

await describeCases('sqlite, worker', backends.worker, QUICK);
// Contents lie in files beside any database alike, and their cases take their time.
await describeCases(
  'sqlite, normal',
  backends.normal,
  QUICK,
  (one) => one.contract !== 'blob store',
);
await describeCases(
  'sqlite, better-sqlite3',
  backends.betterSqlite3,
  QUICK,
  (one) => one.contract !== 'blob store',
);
