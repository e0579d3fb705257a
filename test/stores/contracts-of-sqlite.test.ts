import type { CaseOptions } from '../../src/testing/index.ts';
import { describeCases } from '../support/describe-cases.ts';
import { backends } from './backends.ts';

/** Contents lie in files beside any database alike, and their cases take their time. */
const withoutBlobs: CaseOptions = {
  quick: true,
  only: ({ contract }) => contract !== 'blob store',
};

// A file beside that of the other backends, so that both run at once.
await describeCases('sqlite, worker', backends.worker, { quick: true });
await describeCases('sqlite, normal', backends.normal, withoutBlobs);
await describeCases('sqlite, better-sqlite3', backends.betterSqlite3, withoutBlobs);
