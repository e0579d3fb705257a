/** Marks a file as ours: "RUNS" in ASCII. */
export const APPLICATION_ID = 0x52554e53;

/**
 * How the schema came to be: entry n leads from version n to n + 1. Entries are never edited once
 * released, only added.
 *
 * - Rows of events are pure appends (`pos`) with a narrow index, and runs are interned as integers: 2.5
 *   to 3 times the append rate of a table clustered by run, because a commit dirties fewer pages.
 * - `runs.snapshot` and the other big columns come last, so that lists and look-ups do not page through them.
 * - `runs.created_seq` is the last event of the commit that created the run: what a repeat of it answers.
 * - Neither a `run` nor a `pos` is ever used twice, also when the newest ones were deleted: cursors of
 *   lists and the change feed go by them. Runs have AUTOINCREMENT, which costs a page per creation;
 *   events, which are many, have a row of run 0 that stands for deleted ones (see Retention).
 * - `events.hash`, `runs.head` and `cuts.hash` are NULL of a run that has no chain (see hash-chain.ts): a byte
 *   of the row each. `runs.head` is the hash of the last event, `cuts.hash` that of the last one cut.
 * - `checkpoints.vals` is whole where `base` is NULL, else a patch of the values of row `base`, which is
 *   of the same run and older. `room` is how many bytes of patches may follow (see checkpoint-chain.ts).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs(
    run INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL, definition TEXT,
    idempotency_key TEXT, created_seq INTEGER NOT NULL, status TEXT NOT NULL, last_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL, owner TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    snapshot TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX runs_key ON runs(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX runs_status ON runs(status, run);
  CREATE INDEX runs_session ON runs(session_id, run);

  CREATE TABLE events(
    pos INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL, event_id TEXT NOT NULL,
    type TEXT NOT NULL, emitted_at INTEGER NOT NULL, epoch INTEGER NOT NULL, late INTEGER NOT NULL,
    idempotency_key TEXT, payload TEXT NOT NULL, UNIQUE(run, seq)
  ) STRICT;
  CREATE UNIQUE INDEX events_key ON events(run, idempotency_key, seq) WHERE idempotency_key IS NOT NULL;

  CREATE TABLE outputs(
    out INTEGER PRIMARY KEY, output_id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, task_id TEXT NOT NULL,
    attempt INTEGER NOT NULL, producer TEXT NOT NULL, kind TEXT NOT NULL, artifact TEXT,
    created_at INTEGER NOT NULL, parents TEXT NOT NULL, event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outputs_run ON outputs(run_id, out);
  CREATE INDEX outputs_attempt ON outputs(task_id, attempt, out);
  CREATE UNIQUE INDEX outputs_final ON outputs(task_id, attempt) WHERE kind = 'final';
  CREATE INDEX outputs_producer ON outputs(producer, out);
  CREATE INDEX outputs_run_producer ON outputs(run_id, producer, out);
  CREATE INDEX outputs_artifact ON outputs(artifact, out) WHERE artifact IS NOT NULL;
  CREATE INDEX outputs_run_artifact ON outputs(run_id, artifact, out) WHERE artifact IS NOT NULL;

  CREATE TABLE checkpoints(
    ck INTEGER PRIMARY KEY, definition TEXT NOT NULL, run_id TEXT NOT NULL, super_step INTEGER NOT NULL,
    version INTEGER NOT NULL, label TEXT, created_at INTEGER NOT NULL, vals TEXT NOT NULL,
    UNIQUE(definition, run_id, super_step, version)
  ) STRICT;
  `,
  `
  CREATE TABLE runs_2(
    run INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL,
    definition TEXT, idempotency_key TEXT, created_seq INTEGER NOT NULL, status TEXT NOT NULL,
    last_seq INTEGER NOT NULL, epoch INTEGER NOT NULL, owner TEXT, wake_at INTEGER, parent_run_id TEXT,
    forked_from TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, snapshot TEXT NOT NULL
  ) STRICT;
  INSERT INTO runs_2 SELECT run, run_id, session_id, definition, idempotency_key, created_seq, status,
    last_seq, epoch, owner, NULL, NULL, NULL, created_at, updated_at, snapshot FROM runs;
  DROP TABLE runs;
  ALTER TABLE runs_2 RENAME TO runs;
  CREATE UNIQUE INDEX runs_key ON runs(idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX runs_status ON runs(status, run);
  CREATE INDEX runs_session ON runs(session_id, run);
  CREATE INDEX runs_owner ON runs(owner, run) WHERE owner IS NOT NULL;
  CREATE INDEX runs_due ON runs(definition, wake_at, run) WHERE wake_at IS NOT NULL AND owner IS NULL;
  CREATE INDEX runs_parent ON runs(parent_run_id, run) WHERE parent_run_id IS NOT NULL;
  CREATE INDEX runs_fork ON runs(forked_from, run) WHERE forked_from IS NOT NULL;

  -- The snapshots that the logs of runs build on whose head was cut.
  CREATE TABLE cuts(run INTEGER PRIMARY KEY, base TEXT NOT NULL) STRICT;

  CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO settings VALUES('secret', lower(hex(randomblob(32))));

  ALTER TABLE outputs ADD COLUMN blob TEXT;
  CREATE INDEX outputs_blob ON outputs(blob) WHERE blob IS NOT NULL;

  CREATE TABLE checkpoints_2(
    ck INTEGER PRIMARY KEY, definition TEXT NOT NULL, run_id TEXT NOT NULL, super_step INTEGER NOT NULL,
    version INTEGER NOT NULL, label TEXT, created_at INTEGER NOT NULL, base INTEGER, room INTEGER NOT NULL,
    vals TEXT NOT NULL, UNIQUE(run_id, definition, super_step, version)
  ) STRICT;
  INSERT INTO checkpoints_2 SELECT ck, definition, run_id, super_step, version, label, created_at, NULL,
    octet_length(vals), vals FROM checkpoints;
  DROP TABLE checkpoints;
  ALTER TABLE checkpoints_2 RENAME TO checkpoints;
  `,
  `
  ALTER TABLE runs ADD COLUMN head TEXT;
  ALTER TABLE events ADD COLUMN hash TEXT;
  ALTER TABLE cuts ADD COLUMN hash TEXT;

  -- How many runs were deleted on purpose: any others that are missing were not.
  INSERT INTO settings SELECT 'pruned',
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0) - (SELECT count(*) FROM runs);
  `,
  `
  -- For lists of a span of time. When a run was created never changes: only creating one writes to it.
  CREATE INDEX runs_created ON runs(created_at);
  `,
  `
  -- Whose turn it is in a session: asked at each begin of a run that shares one, however many of it are over.
  CREATE INDEX runs_turn ON runs(session_id, status, run);
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;
