import { randomBytes } from 'node:crypto';
import { RunchartError } from '../../errors.ts';
import { lockKey } from './lock-key.ts';
import { migrationsFrom, SCHEMA_VERSION } from './schema.ts';
import type { Database, Queries } from './database.ts';
import { plain, quoted } from './statement.ts';

/** The first release whose answers these statements are written for. */
const OLDEST_SERVER = 150_000;

export interface ServerFacts {
  readonly version: string;
  readonly database: string;
}

/** Checks whom we talk to, and brings the schema up to date; many processes may do so at once. */
export async function openSchema(
  database: Database,
  schema: string,
  mustExist: boolean,
): Promise<ServerFacts> {
  const server = await checkServer(database);
  if ((await versionOf(database, schema)) === SCHEMA_VERSION) return server;
  if (mustExist && (await versionOf(database, schema)) === undefined) {
    throw new RunchartError(
      'INPUT_INVALID',
      `There are no runs in schema "${schema}" of database ${server.database}; pass the schema of existing ones.`,
    );
  }
  await database.transaction(async (queries) => {
    await queries.rows(plain('SELECT pg_advisory_xact_lock($1)', [lockKey('schema', schema)]));
    // Another process may have come first: what counts is what is there under the lock.
    await migrate(queries, schema);
  });
  return server;
}

async function migrate(queries: Queries, schema: string): Promise<void> {
  const version = await versionOf(queries, schema);
  if (version === SCHEMA_VERSION) return;
  const place = quoted(schema);
  if (version === undefined) {
    const exists = await queries.rows(
      plain('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]),
    );
    // Asked for only where it is missing: it needs a right that an owner of the schema may lack.
    if (exists.length === 0) await queries.rows(plain(`CREATE SCHEMA ${place}`));
    await queries.rows(
      plain(`CREATE TABLE ${place}.runchart_schema(version int NOT NULL);
        INSERT INTO ${place}.runchart_schema VALUES(0)`),
    );
  }
  for (const sql of migrationsFrom(version ?? 0, schema)) await queries.rows(plain(sql));
  await queries.rows(
    plain(`INSERT INTO ${place}.settings VALUES('secret', $1) ON CONFLICT DO NOTHING`, [
      randomBytes(32).toString('hex'),
    ]),
  );
  await queries.rows(plain(`UPDATE ${place}.runchart_schema SET version = ${SCHEMA_VERSION}`));
}

/** undefined: there is no schema of ours. A newer one is STORE_VERSION. */
async function versionOf(queries: Queries, schema: string): Promise<number | undefined> {
  // Asked of the catalogue itself: what a session has learned of names may be older than the lock.
  const tables = await queries.rows(
    plain(
      `SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = 'runchart_schema'`,
      [schema],
    ),
  );
  if (tables.length === 0) return undefined;
  const place = quoted(schema);
  const [row] = await queries.rows<{ version: number }>(
    plain(`SELECT version FROM ${place}.runchart_schema`),
  );
  const version = row?.version ?? 0;
  if (version > SCHEMA_VERSION) {
    throw new RunchartError(
      'STORE_VERSION',
      `Schema "${schema}" has version ${version}, this runchart knows up to ${SCHEMA_VERSION}; update runchart.`,
    );
  }
  return version;
}

async function checkServer(database: Database): Promise<ServerFacts> {
  const [server] = await database.rows<{
    number: number;
    version: string;
    encoding: string;
    database: string;
    readOnly: boolean;
  }>(
    plain(`SELECT current_setting('server_version_num')::int AS number,
      current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
      current_database() AS database,
      pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "readOnly"`),
  );
  if (server === undefined) throw new TypeError('Expected the server to tell its version.');
  const { number, version, encoding, database: name, readOnly } = server;
  if (number < OLDEST_SERVER) {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `This server is Postgres ${version}; 15 or later is needed.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `Database ${name} has the encoding ${encoding}, which cannot hold every text; create one with UTF8.`,
    );
  }
  if (readOnly) {
    throw new RunchartError(
      'STORE_READ_ONLY',
      `Database ${name} can only be read, as that of a standby; connect to the primary.`,
    );
  }
  return { version, database: name };
}
