import { performance } from 'node:perf_hooks';
import type { Database } from './database.ts';
import { plain, prepared } from './statement.ts';
import { givenText } from './storable-text.ts';

export type OnChange = (runIds: readonly string[]) => void;

export interface FeedSettings {
  /** Tells the commits of this process from those of others. */
  readonly origin: string;
  readonly channel: string;
  readonly watchIntervalMs: number;
  readonly statementTimeoutMs: number;
}

/** Between two looks, and between two words to others, in milliseconds: what comes meanwhile goes together. */
const LEAST_GAP_MS = 10;
/** A snapshot that is older is not gone on from, but what came since its time is looked for. */
const MAX_SNAPSHOT_AGE_MS = 60_000;
/** How much later than it began a statement may be seen, beside what it may take itself; clocks differ, too. */
const MARGIN_MS = 10_000;
/** Rows of changes are kept at least that long. */
const KEPT_MS = 10 * 60_000;
const PAGE = 10_000;

/** Where a watch stands. */
interface Mark {
  /** What was visible at the last look, as Postgres writes it; null: there was none. */
  readonly snapshot: string | null;
  /** When the server began to run, which tells it from one that took its place. */
  readonly server: string | null;
  /** When the look began, by the clocks of this process, in milliseconds. */
  readonly wall: number;
  readonly steady: number;
}

interface ChangeRow {
  readonly snapshot: string;
  readonly server: string;
  readonly runId: string | null;
}

/**
 * Which runs others have written to. Each append leaves a row in `changes`, in the same transaction. A look
 * reads the rows that the snapshot of the look before did not see: with that, however late a transaction
 * commits and whatever its number is, it is reported by the first look that can see it, and by no other.
 * Whoever commits also says so (NOTIFY), after the commit and beside it; that only makes the next look come
 * sooner. So nothing is missed when nobody could say it, or nobody could listen.
 *
 * Where there is no snapshot to go on from (at first, after a long time, with a server that took the
 * place of another) what began since then is reported, by the clock of the server and with a margin for what
 * was under way; beyond the time that rows are kept, all runs.
 */
export class ChangeFeed {
  readonly #database: Database;
  readonly #settings: FeedSettings;
  readonly #sql: ReturnType<typeof statements>;
  readonly #watchers = new Set<OnChange>();
  readonly #onFirst: () => void;
  #mark: Mark = freshMark();
  #looking: Promise<void> | undefined;
  #isNews = false;
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> | undefined;
  #hasMoreToTell = false;
  #isClosed = false;

  /** `onFirst` is called when somebody begins to watch. */
  constructor(database: Database, place: string, settings: FeedSettings, onFirst: () => void) {
    this.#database = database;
    this.#settings = settings;
    this.#sql = statements(place);
    this.#onFirst = onFirst;
  }

  watch(onChange: OnChange): () => void {
    // A function of its own: the same callback may watch twice.
    const watcher: OnChange = (runIds) => onChange(runIds);
    if (this.#watchers.size === 0) {
      this.#mark = freshMark();
      this.#onFirst();
      this.news();
    }
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) clearTimeout(this.#timer);
    };
  }

  /** Others have committed something, or may have. */
  news(): void {
    this.#isNews = true;
    this.#looking ??= this.#look();
  }

  /** Says to others that this process has committed something; one word for all that comes together. */
  tell(): void {
    this.#hasMoreToTell = true;
    this.#telling ??= this.#tell();
  }

  /** Nobody is called any more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.clear();
    clearTimeout(this.#timer);
    await this.#looking;
    await this.#telling;
  }

  /** Deletes what every watcher has seen long ago. */
  async sweep(): Promise<void> {
    await this.#database.rows(plain(this.#sql.sweep, [this.#keptMs()]));
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isNews && !this.#isClosed) {
      this.#isNews = false;
      await this.#poll().catch(() => {});
      await pause();
    }
    this.#looking = undefined;
    // Also after a look that failed: the mark is still that of the last one that did not.
    if (this.#watchers.size === 0 || this.#isClosed) return;
    this.#timer = setTimeout(() => this.news(), this.#settings.watchIntervalMs);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    const before = this.#mark;
    const now = { wall: Date.now(), steady: performance.now() };
    const ageMs = Math.max(now.wall - before.wall, now.steady - before.steady);
    const { snapshot, origin } = { snapshot: before.snapshot, origin: this.#settings.origin };
    if (snapshot !== null && ageMs <= MAX_SNAPSHOT_AGE_MS) {
      const rows = await this.#database.rows<ChangeRow>(
        prepared(this.#sql.unseen, [snapshot, origin]),
      );
      if (rows[0]?.server === before.server) return this.#report(before, rows, now);
    }
    const sinceMs = Math.ceil(ageMs + this.#settings.statementTimeoutMs + MARGIN_MS);
    const rows = await this.#database.rows<ChangeRow>(
      prepared(this.#sql.recent, [sinceMs, origin]),
    );
    if (sinceMs > this.#keptMs()) await this.#reportAll(before);
    this.#report(before, rows, now);
  }

  /** Unless the watch began anew meanwhile: then the next look is for that one. */
  #report(before: Mark, rows: readonly ChangeRow[], now: Pick<Mark, 'wall' | 'steady'>): void {
    const [first] = rows;
    if (first === undefined || this.#mark !== before) return;
    this.#mark = { snapshot: first.snapshot, server: first.server, ...now };
    const runIds = rows.flatMap(({ runId }) => (runId === null ? [] : [givenText(runId)]));
    if (runIds.length > 0) for (const watcher of this.#watchers) watcher(runIds);
  }

  async #reportAll(before: Mark): Promise<void> {
    for (let after = 0; this.#mark === before;) {
      const rows = await this.#database.rows<{ run: number; runId: string }>(
        prepared(this.#sql.all, [after, PAGE]),
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      const runIds = rows.map(({ runId }) => givenText(runId));
      for (const watcher of this.#watchers) watcher(runIds);
      after = last.run;
    }
  }

  async #tell(): Promise<void> {
    while (this.#hasMoreToTell) {
      this.#hasMoreToTell = false;
      const { channel, origin } = this.#settings;
      // Who does not hear it looks by itself before long.
      await this.#database
        .rows(prepared('SELECT pg_notify($1, $2)', [channel, origin]))
        .catch(() => []);
      if (!this.#isClosed) await pause();
    }
    this.#telling = undefined;
  }

  #keptMs(): number {
    return Math.max(KEPT_MS, 10 * this.#settings.statementTimeoutMs);
  }
}

function freshMark(): Mark {
  return { snapshot: null, server: null, wall: Date.now(), steady: performance.now() };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LEAST_GAP_MS);
  });
}

function statements(place: string) {
  const answer = (where: string): string => `
    SELECT pg_current_snapshot()::text AS snapshot, pg_postmaster_start_time()::text AS server,
      c.run_id AS "runId"
    FROM (SELECT) AS one LEFT JOIN (
      SELECT DISTINCT unnest(run_ids) AS run_id FROM ${place}.changes WHERE ${where} AND origin <> $2
    ) AS c ON true`;
  return {
    unseen: answer(
      `xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)`,
    ),
    recent: answer(`at > clock_timestamp() - $1::bigint * interval '1 millisecond'`),
    all: `SELECT run, run_id AS "runId" FROM ${place}.runs WHERE run > $1 ORDER BY run LIMIT $2`,
    sweep: `
      DELETE FROM ${place}.changes WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM ${place}.changes WHERE at < now() - $1::bigint * interval '1 millisecond'
        LIMIT 20000 FOR UPDATE SKIP LOCKED))`,
  };
}
