import { quoted } from './statement.ts';

/**
 * How the schema came to be: entry n leads from version n to n + 1, with the name of the schema put in.
 * Entries are never edited once released, only added.
 *
 * - Ordinary appends change `last_seq`, `epoch`, `updated_at`, `snapshot` and `head` of a run: no index has
 *   any of them, so that Postgres writes the new version of the row beside the old one and into no index.
 *   It needs room on the page for that, which is what the fillfactor leaves.
 * - Texts are compared byte by byte (COLLATE "C"): what an index is sorted by then depends on nothing that
 *   is outside of the database.
 * - `runs.created_seq` is the last event of the commit that created the run: what a repeat of it answers.
 * - `changes` has a row per append, for watchers (see ChangeFeed); old ones are deleted.
 * - `counters` has the number of runs that ever were, in several rows, so that those who create runs at the
 *   same time do not wait for each other.
 * - `contents` has a row per put; until it has its digest nobody sees it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE $.runs(
    run bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    last_seq bigint NOT NULL, epoch bigint NOT NULL, updated_at bigint NOT NULL, created_at bigint NOT NULL,
    wake_at bigint, created_seq bigint NOT NULL,
    run_id text COLLATE "C" NOT NULL UNIQUE, session_id text COLLATE "C" NOT NULL, definition text COLLATE "C",
    status text COLLATE "C" NOT NULL, owner text COLLATE "C", parent_run_id text COLLATE "C",
    forked_from text COLLATE "C", idempotency_key text COLLATE "C", head text COLLATE "C",
    snapshot text COLLATE "C" NOT NULL
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
  CREATE UNIQUE INDEX runs_key ON $.runs(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX runs_status ON $.runs(status, run);
  CREATE INDEX runs_session ON $.runs(session_id, run);
  CREATE INDEX runs_owner ON $.runs(owner, run) WHERE owner IS NOT NULL;
  CREATE INDEX runs_due ON $.runs(definition, wake_at, run) WHERE wake_at IS NOT NULL AND owner IS NULL;
  CREATE INDEX runs_parent ON $.runs(parent_run_id, run) WHERE parent_run_id IS NOT NULL;
  CREATE INDEX runs_fork ON $.runs(forked_from, run) WHERE forked_from IS NOT NULL;
  CREATE INDEX runs_created ON $.runs(created_at, run);

  CREATE TABLE $.events(
    run bigint NOT NULL, seq bigint NOT NULL, emitted_at bigint NOT NULL, epoch bigint NOT NULL,
    late boolean NOT NULL, event_id text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C", hash text COLLATE "C", payload text COLLATE "C" NOT NULL,
    PRIMARY KEY(run, seq)
  );
  CREATE UNIQUE INDEX events_key ON $.events(run, idempotency_key, seq) WHERE idempotency_key IS NOT NULL;

  -- The snapshots that the logs of runs build on whose head was cut.
  CREATE TABLE $.cuts(run bigint PRIMARY KEY, first_seq bigint NOT NULL, base text NOT NULL, hash text);

  CREATE TABLE $.settings(name text PRIMARY KEY, value text NOT NULL);
  CREATE TABLE $.counters(slot int PRIMARY KEY, created bigint NOT NULL, pruned bigint NOT NULL)
    WITH (fillfactor = 10);
  INSERT INTO $.counters SELECT slot, 0, 0 FROM generate_series(0, 15) AS slot;

  CREATE TABLE $.changes(
    pos bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(), origin text NOT NULL, run_ids text[] NOT NULL
  );
  CREATE INDEX changes_xid ON $.changes(xid);
  CREATE INDEX changes_at ON $.changes(at);

  CREATE TABLE $.outputs(
    out bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at bigint NOT NULL, attempt bigint NOT NULL,
    output_id text COLLATE "C" NOT NULL UNIQUE, run_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C" NOT NULL, producer text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL,
    artifact text COLLATE "C", blob text COLLATE "C", parents text NOT NULL, event text NOT NULL
  );
  CREATE INDEX outputs_run ON $.outputs(run_id, out);
  CREATE INDEX outputs_attempt ON $.outputs(task_id, attempt, out);
  CREATE UNIQUE INDEX outputs_final ON $.outputs(task_id, attempt) WHERE kind = 'final';
  CREATE INDEX outputs_producer ON $.outputs(producer, out);
  CREATE INDEX outputs_run_producer ON $.outputs(run_id, producer, out);
  CREATE INDEX outputs_artifact ON $.outputs(artifact, out) WHERE artifact IS NOT NULL;
  CREATE INDEX outputs_run_artifact ON $.outputs(run_id, artifact, out) WHERE artifact IS NOT NULL;
  CREATE INDEX outputs_blob ON $.outputs(blob) WHERE blob IS NOT NULL;

  CREATE TABLE $.checkpoints(
    ck bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, super_step bigint NOT NULL, version bigint NOT NULL,
    created_at bigint NOT NULL, base bigint, room bigint NOT NULL, definition text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL, label text, vals text NOT NULL,
    UNIQUE(run_id, definition, super_step, version)
  );

  CREATE TABLE $.contents(
    content bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, put_at timestamptz NOT NULL,
    size bigint, sha256 text COLLATE "C" UNIQUE
  );
  CREATE INDEX contents_put ON $.contents(put_at, content);
  CREATE TABLE $.chunks(
    content bigint NOT NULL, n int NOT NULL, bytes bytea NOT NULL, PRIMARY KEY(content, n)
  );
  -- A part of a chunk can then be read without the whole of it.
  ALTER TABLE $.chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** What is still to be done to a schema of `version`. */
export function migrationsFrom(version: number, schema: string): readonly string[] {
  return MIGRATIONS.slice(version).map((sql) => sql.replaceAll('$.', `${quoted(schema)}.`));
}

/** All tables, for what concerns the whole of them. */
export const TABLES = [
  'runs',
  'events',
  'cuts',
  'settings',
  'counters',
  'changes',
  'outputs',
  'checkpoints',
  'contents',
  'chunks',
] as const;
