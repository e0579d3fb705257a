import type { Database, Statement } from './driver.ts';

/** Events looked through in one poll, so that a long absence is caught up with in small steps. */
const MAX_EVENTS = 10_000;

/**
 * Which runs were written to by other connections. It MUST be polled on the connection that writes, and
 * outside of transactions: `data_version` then changes by the commits of others only.
 */
export class ChangeFeed {
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #version: Statement;
  readonly #lastPos: Statement;
  readonly #changed: Statement;
  #seenVersion: number | undefined;
  #seenPos: number;

  /** Reports what comes after `sincePos`. */
  constructor(db: Database, sincePos: number) {
    this.#begin = db.prepare('BEGIN');
    this.#end = db.prepare('COMMIT');
    this.#version = db.prepare('PRAGMA data_version');
    this.#lastPos = db.prepare(LAST_POS);
    this.#changed = db.prepare(
      `SELECT DISTINCT run_id AS runId FROM events JOIN runs USING(run) WHERE pos > ? AND pos <= ?`,
    );
    this.#seenPos = sincePos;
  }

  /** The ids of runs that changed since the last poll; own commits may be among them. */
  poll(): readonly string[] {
    this.#begin.run();
    try {
      // One read transaction: the version belongs to the position, whoever commits meanwhile.
      const { pos } = this.#lastPos.get() as { pos: number };
      const { data_version: version } = this.#version.get() as { data_version: number };
      const upTo = Math.min(pos, this.#seenPos + MAX_EVENTS);
      const isUnchanged = version === this.#seenVersion;
      const rows = isUnchanged
        ? []
        : (this.#changed.all(this.#seenPos, upTo) as { runId: string }[]);
      this.#seenPos = isUnchanged ? pos : upTo;
      if (upTo === pos) this.#seenVersion = version;
      return rows.map(({ runId }) => runId);
    } finally {
      this.#end.run();
    }
  }
}

export const LAST_POS = 'SELECT coalesce(max(pos), 0) AS pos FROM events';
