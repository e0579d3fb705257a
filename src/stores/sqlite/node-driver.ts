// The only import of node:sqlite: Node 26 renames DatabaseSync.
import { DatabaseSync } from 'node:sqlite';
import type { OpenDatabase } from './driver.ts';

/** The SQLite that comes with Node. */
export const openNodeDatabase: OpenDatabase = (path, { readOnly }) =>
  new DatabaseSync(path, { readOnly });
