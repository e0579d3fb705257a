import type { Commit } from '../event-store.ts';
import { plainColumn, textColumn } from './columns.ts';
import type { PgQuery } from './driver.ts';
import { prepared } from './statement.ts';
import { keptOrNull, keptText } from './storable-text.ts';

/** A commit with what it does to the chain of its run. */
export interface ChainedCommit {
  readonly commit: Commit;
  /** The hash of the last event before; null: the run has no chain. */
  readonly before: string | null;
  /** One per event; null: the run has no chain. */
  readonly hashes: readonly string[] | null;
}

/**
 * One statement for a batch of commits of different runs: what it answers is which of them were stored.
 *
 * - A commit on top of a run is a compare-and-set on the row of the run: `last_seq`, `epoch` where it is
 *   claimed, and the hash that the chain goes on from. The lock on the row makes `seq` gapless, and a commit
 *   that lost leaves all others alone. That its key is new need not be locked: who used it has also changed
 *   `last_seq`.
 * - A commit that creates a run is an insert that gives way to one that is there, by its id or by its key.
 *   The source of a fork is locked against being forgotten.
 * - Events are joined to the rows by place in the batch, found in a sorted list: a join of two lists would
 *   look at each pair.
 */
export class AppendStatement {
  readonly #appending: string;
  readonly #creating: string;

  /** `place` is the schema, quoted. */
  constructor(place: string) {
    this.#appending = sqlOf(place, false);
    this.#creating = sqlOf(place, true);
  }

  /** Answers rows of `places`: the positions in `batch`, from 1 on, of what was stored. */
  of(batch: readonly ChainedCommit[], origin: string): PgQuery {
    const commits = batch.map(({ commit }) => commit);
    const isCreating = commits.some(({ expectedSeq }) => expectedSeq === 0);
    const values = [...runValues(batch), ...eventValues(batch), origin];
    if (!isCreating) return prepared(this.#appending, values);
    return prepared(this.#creating, [...values, ...creationValues(commits)]);
  }
}

function runValues(batch: readonly ChainedCommit[]): readonly unknown[] {
  const commits = batch.map(({ commit }) => commit);
  const runs = commits.map(({ run }) => run);
  return [
    textColumn(runs.map(({ runId }) => keptText(runId))),
    plainColumn(commits.map(({ expectedSeq }) => expectedSeq)),
    plainColumn(commits.map(({ expectedEpoch }) => expectedEpoch ?? null)),
    textColumn(batch.map(({ before }) => before)),
    textColumn(commits.map(({ idempotencyKey }) => keptOrNull(idempotencyKey))),
    textColumn(runs.map(({ status }) => keptText(status))),
    plainColumn(runs.map(({ lastSeq }) => lastSeq)),
    plainColumn(runs.map(({ epoch }) => epoch)),
    textColumn(runs.map(({ owner }) => keptOrNull(owner))),
    plainColumn(runs.map(({ wakeAtMs }) => wakeAtMs)),
    plainColumn(runs.map(({ updatedAtMs }) => updatedAtMs)),
    textColumn(runs.map(({ snapshot }) => keptText(snapshot))),
    textColumn(batch.map(({ hashes }) => hashes?.at(-1) ?? null)),
  ];
}

function eventValues(batch: readonly ChainedCommit[]): readonly unknown[] {
  const places = batch.flatMap(({ commit }, i) => commit.events.map(() => i + 1));
  const events = batch.flatMap(({ commit }) => commit.events);
  // The key of a creation is kept with the run: it is unique in the whole store.
  const keys = batch.flatMap(({ commit: { expectedSeq, idempotencyKey, events } }) =>
    events.map(() => (expectedSeq === 0 ? null : keptOrNull(idempotencyKey))),
  );
  return [
    plainColumn(places),
    plainColumn(events.map(({ seq }) => seq)),
    textColumn(events.map(({ eventId }) => keptText(eventId))),
    textColumn(events.map(({ type }) => keptText(type))),
    plainColumn(events.map(({ emittedAtMs }) => emittedAtMs)),
    plainColumn(events.map(({ epoch }) => epoch)),
    plainColumn(events.map(({ late }) => late)),
    textColumn(keys),
    textColumn(events.map(({ payload }) => keptText(payload))),
    textColumn(
      batch.flatMap(({ hashes, commit }) => commit.events.map((_, i) => hashes?.[i] ?? null)),
    ),
  ];
}

function creationValues(commits: readonly Commit[]): readonly unknown[] {
  const runs = commits.map(({ run }) => run);
  const sources = commits
    .filter(({ expectedSeq }) => expectedSeq === 0)
    .flatMap(({ run: { forkedFrom } }) => (forkedFrom === null ? [] : [keptText(forkedFrom)]));
  return [
    textColumn(runs.map(({ sessionId }) => keptText(sessionId))),
    textColumn(runs.map(({ definition }) => keptOrNull(definition))),
    textColumn(runs.map(({ parentRunId }) => keptOrNull(parentRunId))),
    textColumn(runs.map(({ forkedFrom }) => keptOrNull(forkedFrom))),
    plainColumn(runs.map(({ createdAtMs }) => createdAtMs)),
    textColumn([...new Set(sources)]),
  ];
}

function sqlOf(place: string, isCreating: boolean): string {
  const commits = `unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
      $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[]
      ${isCreating ? ', $25::text[], $26::text[], $27::text[], $28::text[], $29::bigint[]' : ''})
    WITH ORDINALITY AS c(run_id, expected, fence, before, key, status, last_seq, epoch, owner, wake_at,
      updated_at, snapshot, head
      ${isCreating ? ', session_id, definition, parent_run_id, forked_from, created_at' : ''}, place)`;
  return `
  WITH updated AS (
    UPDATE ${place}.runs AS r SET status = c.status, last_seq = c.last_seq, epoch = c.epoch, owner = c.owner,
      wake_at = c.wake_at, updated_at = c.updated_at, snapshot = c.snapshot, head = c.head
    FROM ${commits}
    WHERE r.run_id = c.run_id AND c.expected > 0 AND r.last_seq = c.expected
      AND (c.fence IS NULL OR r.epoch = c.fence) AND r.head IS NOT DISTINCT FROM c.before
      AND (c.key IS NULL OR NOT EXISTS(
        SELECT 1 FROM ${place}.events AS k WHERE k.run = r.run AND k.idempotency_key = c.key))
    RETURNING c.place, r.run, r.run_id
  ),
  ${isCreating ? creating(place, commits) : ''}
  written AS MATERIALIZED (
    SELECT array_agg(place ORDER BY place) AS places, array_agg(run ORDER BY place) AS runs,
      array_agg(run_id) AS run_ids
    FROM ${isCreating ? '(SELECT * FROM updated UNION ALL SELECT * FROM placed) AS w' : 'updated'}
  ),
  logged AS (
    INSERT INTO ${place}.events(run, seq, event_id, type, emitted_at, epoch, late, idempotency_key, payload, hash)
    SELECT w.runs[e.at], seq, event_id, type, emitted_at, epoch, late, key, payload, hash
    FROM written AS w CROSS JOIN LATERAL (
      SELECT *, width_bucket(place, w.places) AS at
      FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::bigint[], $19::bigint[],
        $20::boolean[], $21::text[], $22::text[], $23::text[])
        AS e(place, seq, event_id, type, emitted_at, epoch, late, key, payload, hash)
    ) AS e
    WHERE w.places[e.at] = e.place
  ),
  told AS (
    INSERT INTO ${place}.changes(origin, run_ids)
    SELECT $24::text, run_ids FROM written WHERE places IS NOT NULL
  )
  SELECT places FROM written`;
}

function creating(place: string, commits: string): string {
  return `
  sources AS MATERIALIZED (
    SELECT run_id FROM ${place}.runs WHERE run_id = ANY($30::text[]) FOR KEY SHARE
  ),
  created AS (
    INSERT INTO ${place}.runs(run_id, session_id, definition, idempotency_key, created_seq, status, last_seq,
      epoch, owner, wake_at, parent_run_id, forked_from, created_at, updated_at, snapshot, head)
    SELECT run_id, session_id, definition, key, last_seq, status, last_seq, epoch, owner, wake_at,
      parent_run_id, forked_from, created_at, updated_at, snapshot, head
    FROM ${commits}
    WHERE expected = 0 AND (forked_from IS NULL OR forked_from IN (SELECT run_id FROM sources))
    ON CONFLICT DO NOTHING
    RETURNING run, run_id
  ),
  placed AS MATERIALIZED (
    SELECT array_position($1::text[], run_id)::bigint AS place, run, run_id FROM created
  ),
  counted AS (
    UPDATE ${place}.counters SET created = created + n
    FROM (SELECT count(*) AS n FROM placed) AS p WHERE slot = pg_backend_pid() % 16 AND n > 0
  ),`;
}
