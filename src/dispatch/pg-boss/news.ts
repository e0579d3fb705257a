import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'pg-boss';

/** Something that may come from now on. */
export interface Next {
  /** Resolves when it has come, after a while, or when `signal` is aborted. */
  within(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Tells all processes that there are new jobs, so that nobody has to look often. A hint: what is missed, as
 * while the connection was cut, is found by looking.
 */
export class News {
  readonly #db: Db;
  readonly #channel: string;
  #close: () => Promise<void> = async () => {};
  #came = Promise.withResolvers<void>();

  private constructor(db: Db, channel: string) {
    this.#db = db;
    this.#channel = channel;
  }

  static async open(db: Db, name: string, listens: boolean): Promise<News> {
    const digest = createHash('sha256').update(name).digest('hex').slice(0, 24);
    const news = new News(db, `runchart_jobs_${digest}`);
    if (!listens || db.listen === undefined) return news;
    const onNews = (): void => news.#wake();
    const listening = await db.listen(news.#channel, onNews, onNews);
    news.#close = () => listening.close();
    return news;
  }

  async tell(): Promise<void> {
    this.#wake();
    await this.#db.executeSql('SELECT pg_notify($1, $2)', [this.#channel, '']);
  }

  next(): Next {
    const { promise } = this.#came;
    return {
      within: async (ms, signal) => {
        const ended = new AbortController();
        const until = AbortSignal.any([signal, ended.signal]);
        await Promise.race([promise, sleep(ms, undefined, { signal: until }).catch(() => {})]);
        ended.abort();
      },
    };
  }

  close(): Promise<void> {
    return this.#close();
  }

  #wake(): void {
    this.#came.resolve();
    this.#came = Promise.withResolvers();
  }
}
