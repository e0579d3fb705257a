import { setTimeout as sleep } from 'node:timers/promises';
import { textColumn } from './columns.ts';
import { STARTED_AT } from './database.ts';
import type { Database } from './database.ts';
import type { Backend } from './driver.ts';
import { plain } from './statement.ts';

/** Between two looks at connections that are about to end, and between two attempts to reach the server. */
const LOOK_MS = 5;
const RETRY_MS = 100;
const MAX_RETRY_MS = 1_000;

/**
 * Ends the server's side of connections that were lost. A statement that was sent on one may still be on
 * its way, or wait for a lock, and be carried out long after: only once the server has no such connection any
 * more can it be said what became of it.
 *
 * What is found then may be a commit that waited for a standby, and was made visible by the end of its
 * connection without it. So a commit of our own goes after it, on the same terms: when that is durable,
 * all before it is.
 */
export class Endings {
  readonly #database: Database;
  readonly #barrier: string;
  #lost = new Map<string, Backend>();
  #round: Promise<void> | undefined;
  #isClosed = false;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#barrier = `INSERT INTO ${place}.changes(origin, run_ids) VALUES('', '{}')`;
  }

  /** Begins to end it. */
  end(backend: Backend): void {
    this.#lost.set(`${backend.pid} ${backend.startedAt}`, backend);
    this.#round ??= this.#work();
  }

  /**
   * Resolves when everything that was lost up to now has ended and what it did is durable; true then, false
   * when the stores were closed before.
   */
  async settled(): Promise<boolean> {
    while (this.#round !== undefined) await this.#round;
    return this.#lost.size === 0;
  }

  /** What has not ended by now never will by us. */
  close(): void {
    this.#isClosed = true;
  }

  async #work(): Promise<void> {
    let pauseMs = RETRY_MS;
    while (this.#lost.size > 0 && !this.#isClosed) {
      const backends = [...this.#lost.entries()];
      try {
        await this.#endAll(backends.map(([, backend]) => backend));
        await this.#database.rows(plain(this.#barrier));
        for (const [key] of backends) this.#lost.delete(key);
        pauseMs = RETRY_MS;
      } catch {
        // Nobody can be reached at the moment, or the attempt is one more connection that was lost.
        await sleep(pauseMs);
        pauseMs = Math.min(MAX_RETRY_MS, pauseMs * 2);
      }
    }
    this.#round = undefined;
  }

  async #endAll(backends: readonly Backend[]): Promise<void> {
    const values = [
      `{${backends.map(({ pid }) => pid).join(',')}}`,
      textColumn(backends.map(({ startedAt }) => startedAt)),
    ];
    const those = `FROM unnest($1::int[], $2::text[]) AS b(pid, started)
      JOIN pg_stat_activity AS a ON a.pid = b.pid AND ${STARTED_AT} = b.started`;
    for (;;) {
      // Ended again and again: a backend may have been just about to begin with its work.
      const left = await this.#database.rows(
        plain(`SELECT pg_terminate_backend(a.pid) ${those}`, values),
      );
      if (left.length === 0 || this.#isClosed) return;
      await sleep(LOOK_MS);
    }
  }
}
