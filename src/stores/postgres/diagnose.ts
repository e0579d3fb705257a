import type { StoreReport } from '../stores.ts';
import type { Connection } from './connection.ts';
import type { PostgresSettings } from './options.ts';
import { SCHEMA_VERSION, TABLES } from './schema.ts';
import { plain, quoted } from './statement.ts';
import { storeError } from './store-error.ts';

/** Reading every log may take that long, in milliseconds. */
const TIMEOUT_MS = 10 * 60_000;

type Facts = Record<string, string | number | null>;

/** What there is to say about the server and the data. Reads all logs, so it takes time with their size. */
export async function diagnose(
  connection: Connection,
  settings: PostgresSettings,
): Promise<StoreReport> {
  const place = quoted(settings.schema);
  const problems: string[] = [];
  const row = async <Row>(sql: string): Promise<Partial<Row>> => {
    try {
      const options = { timeoutMs: TIMEOUT_MS };
      const [first] = await connection.database.rows<Partial<Row>>(plain(sql), options);
      return first ?? {};
    } catch (error) {
      problems.push(storeError(error, 'Reading the database').message);
      return {};
    }
  };
  const count = async (table: string): Promise<number | null> =>
    (await row<{ n: number }>(`SELECT count(*) AS n FROM ${place}.${table}`)).n ?? null;
  const server = await row<Record<string, string>>(SERVER);
  const standbys = await row<{ n: number; states: string; lag: number }>(STANDBYS);
  const facts: Facts = {
    store: 'postgres',
    database: connection.server.database,
    schema: settings.schema,
    schemaVersion: SCHEMA_VERSION,
    serverVersion: server['version'] ?? null,
    synchronousCommit: server['synchronousCommit'] ?? null,
    fsync: server['fsync'] ?? null,
    fullPageWrites: server['fullPageWrites'] ?? null,
    standbys: standbys.n ?? null,
    standbyStates: standbys.states ?? null,
    standbyLagBytes: standbys.lag ?? null,
    bytes: await bytesOf(connection, settings.schema).catch(() => null),
    runs: await count('runs'),
    events: await count('events'),
    outputs: await count('outputs'),
    checkpoints: await count('checkpoints'),
    contents: await count('contents WHERE sha256 IS NOT NULL'),
    deadOwners: await deadOwners(connection).catch(() => null),
  };
  problems.push(...weaknesses(server));
  const gaps = await connection.database
    .rows<{ text: string }>(plain(gapsIn(place)), { timeoutMs: TIMEOUT_MS })
    .catch((error: unknown) => [{ text: storeError(error, 'Reading the logs').message }]);
  problems.push(...gaps.map(({ text }) => text));
  const { lost } = await connection.events.goneRuns().catch(() => ({ lost: 0 }));
  if (lost > 0) {
    problems.push(
      `${lost} of the runs that were in this schema are gone, and no prune deleted them; restore a copy of it`,
    );
  }
  return { facts, problems: [...new Set(problems)] };
}

/** What the tables take, with their indexes. */
export async function bytesOf(connection: Connection, schema: string): Promise<number> {
  const names = TABLES.map((table) => `'${table}'`).join(', ');
  const [row] = await connection.database.rows<{ bytes: number }>(
    plain(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname IN (${names}) AND c.relkind = 'r'`,
      [schema],
    ),
  );
  return row?.bytes ?? 0;
}

async function deadOwners({ events, owners }: Connection): Promise<number> {
  let dead = 0;
  for (const ownerId of await events.owners()) if (!(await owners.isAlive(ownerId))) dead += 1;
  return dead;
}

const SERVER = `
  SELECT current_setting('server_version') AS version,
    current_setting('synchronous_commit') AS "synchronousCommit", current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS "fullPageWrites"`;

const STANDBYS = `
  SELECT count(*) AS n, string_agg(state || ' ' || sync_state, ', ') AS states,
    max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint AS lag
  FROM pg_stat_replication`;

function weaknesses(server: Partial<Record<string, string>>): string[] {
  const problems: string[] = [];
  if (server['synchronousCommit'] === 'off') {
    problems.push('synchronous_commit is off: a crash of the server loses what was acknowledged');
  }
  if (server['fsync'] === 'off') {
    problems.push(
      'fsync is off: a crash of the machine can destroy the whole database; turn it on',
    );
  }
  if (server['fullPageWrites'] === 'off') {
    problems.push(
      'full_page_writes is off: a crash of the machine can damage pages, unless its disk never writes half of one',
    );
  }
  return problems;
}

/** A log is whole when it ends where its run says and lacks nothing since its first event. */
function gapsIn(place: string): string {
  return `
    SELECT 'run ' || run_id || ' ends at event ' || last_seq || ', but its log has ' || n || ' events from '
      || coalesce(least::text, 'none') || ' to ' || coalesce(most::text, 'none') AS text
    FROM ${place}.runs CROSS JOIN LATERAL (
      SELECT count(*) AS n, min(seq) AS least, max(seq) AS most FROM ${place}.events AS e
      WHERE e.run = runs.run
    ) AS log
    WHERE most IS DISTINCT FROM last_seq OR most - least + 1 <> n LIMIT 20`;
}
