import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from 'pg';
import { isRunchartError } from '../../src/errors.ts';
import type { EventStore, Stores } from '../../src/stores/index.ts';
import { postgres, type PostgresOptions } from '../../src/stores/postgres/index.ts';
import { commitOf, eventOf } from '../../src/testing/cases/builders.ts';
import { cuttingProxy } from '../support/server/cutting-proxy.ts';
import { ask } from '../support/postgres/ask.ts';
import { newSchema, postgresUrl } from '../support/postgres/fixture.ts';
import { quietProxy } from '../support/postgres/quiet-proxy.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';

/** How often the random part is done; more in a long run. */
const ROUNDS = Number(process.env['RUNCHART_ROUNDS'] ?? 1);
const RUNS = 12;

async function opened(options: PostgresOptions): Promise<Stores> {
  const stores = postgres({ doubtLimitMs: 3_000, ...options });
  await stores.open();
  onTestFinished(() => stores.close());
  return stores;
}

/** What a writer knows of a run: events that were acknowledged, and what it sent. */
class Writer {
  readonly runId: string;
  readonly events: EventStore;
  acknowledged = 0;
  unanswered = 0;
  /** Appends that were not acknowledged, and that the log has all the same. */
  found = 0;
  #attempt = 0;

  constructor(events: EventStore, runId: string) {
    this.events = events;
    this.runId = runId;
  }

  /** Appends one event as a run actor does: after a failure it looks at the tail before anything else. */
  async append(): Promise<void> {
    this.#attempt += 1;
    const eventId = `${this.runId} ${this.#attempt}`;
    const commit = commitOf(this.runId, this.acknowledged, { event: { eventId } });
    try {
      const [outcome] = await this.events.append([commit]);
      expect(outcome).toEqual({ kind: 'stored' });
      this.acknowledged += 1;
    } catch (error) {
      expect(isRunchartError(error) && error.retryable, String(error)).toBe(true);
      this.unanswered += 1;
      if (await this.#wasStored(eventId)) {
        this.acknowledged += 1;
        this.found += 1;
      }
    }
  }

  /** What is told here MUST stay true: a next append goes on from it. */
  async #wasStored(eventId: string): Promise<boolean> {
    for (;;) {
      try {
        const afterSeq = this.acknowledged;
        const page = await this.events.read(this.runId, { afterSeq, limit: 9 });
        expect(page.events.length).toBeLessThan(2);
        return page.events[0]?.eventId === eventId;
      } catch (error) {
        if (isRunchartError(error, 'RUN_NOT_FOUND')) return false;
        expect(isRunchartError(error) && error.retryable, String(error)).toBe(true);
      }
    }
  }
}

async function checkLogs(events: EventStore, writers: readonly Writer[]): Promise<void> {
  for (const { runId, acknowledged } of writers) {
    const record = await events.get(runId);
    expect(record?.lastSeq ?? 0).toBe(acknowledged);
    if (record === undefined) continue;
    const page = await events.read(runId, { limit: 10_000 });
    expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, i) => i + 1));
    expect(page.events).toHaveLength(acknowledged);
  }
}

describe('a connection to Postgres that is lost', () => {
  it('loses and doubles no event, wherever the bytes are cut', { timeout: 120_000 }, async () => {
    const seed = newSeed();
    console.log(`postgres-lost: seed ${seed}`);
    const random = randomFrom(seed);
    const schema = newSchema();
    const { port } = new URL(postgresUrl);
    // Migrated on a good way, as a migration is nothing that a cut leaves half done.
    await (await opened({ url: postgresUrl, schema })).events.owners();
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await using proxy = await cuttingProxy(Number(port), random);
      const url = new URL(postgresUrl);
      url.port = new URL(proxy.url).port;
      const stores = postgres({ url: url.href, schema, doubtLimitMs: 5_000 });
      for (let isOpen = false; !isOpen;) {
        isOpen = await stores.open().then(
          () => true,
          () => false,
        );
      }
      const writers = Array.from(
        { length: RUNS },
        (_, i) => new Writer(stores.events, `round ${round} run ${i}`),
      );
      const end = performance.now() + 4_000;
      await Promise.all(
        writers.map(async (writer) => {
          while (performance.now() < end) await writer.append();
        }),
      );
      proxy.mend();
      await checkLogs(stores.events, writers);
      await stores.close();
      found += writers.reduce((sum, writer) => sum + writer.found, 0);
      const sum = (of: (writer: Writer) => number) => writers.reduce((n, one) => n + of(one), 0);
      console.log(
        `postgres-lost: ${proxy.cuts} cuts, ${sum((w) => w.acknowledged)} events, ` +
          `${sum((w) => w.unanswered)} appends unanswered, ${found} of them stored`,
      );
      expect(proxy.cuts).toBeGreaterThan(0);
    }
  });

  it('is survived by writers whose connections somebody ends again and again', async () => {
    const schema = newSchema();
    const stores = await opened({ url: postgresUrl, schema });
    const writers = Array.from({ length: RUNS }, (_, i) => new Writer(stores.events, `run ${i}`));
    const end = performance.now() + 2_500;
    const killing = async (): Promise<void> => {
      while (performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        await ask(
          postgresUrl,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'runchart' AND query LIKE $1`,
          [`%${schema}%`],
        );
      }
    };
    await Promise.all([
      killing(),
      ...writers.map(async (writer) => {
        while (performance.now() < end) await writer.append();
      }),
    ]);
    await checkLogs(stores.events, writers);
    expect(writers.some(({ unanswered }) => unanswered > 0)).toBe(true);
  });

  it('an append that nobody answered is never stored after it was said that it was not', async () => {
    const schema = newSchema();
    await using proxy = await quietProxy(postgresUrl);
    const { events } = await opened({ url: proxy.url, schema });
    await events.append([commitOf('run_1', 0)]);
    await using holder = await rowHolder(schema);
    const append = events.append([commitOf('run_1', 1)]);
    await expect.poll(() => waitingOn(schema)).toBe(1);
    proxy.cutClients();
    await expect(append).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    const before = await events.read('run_1', { limit: 9 });
    expect(before.events).toEqual([eventOf(1)]);
    await holder.letGo();
    // Had the statement still been waiting on the server, it would have been carried out by now.
    expect(await waitingOn(schema)).toBe(0);
    expect((await events.read('run_1', { limit: 9 })).events).toEqual([eventOf(1)]);
    expect(await events.append([commitOf('run_1', 1)])).toEqual([{ kind: 'stored' }]);
  });

  it('while the server does not answer, looks at a run in doubt are refused, and then told the truth', async () => {
    const schema = newSchema();
    await using proxy = await quietProxy(postgresUrl);
    const limits = { statementTimeoutMs: 300, connectTimeoutMs: 500, doubtLimitMs: 300 };
    const { events } = await opened({ url: proxy.url, schema, ...limits });
    await events.append([commitOf('run_1', 0), commitOf('run_2', 0)]);
    proxy.hold(true);
    const append = events.append([commitOf('run_1', 1)]);
    await expect(append).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    for (const look of [
      () => events.get('run_1'),
      () => events.read('run_1', { limit: 1 }),
      () => events.append([commitOf('run_1', 1)]),
    ]) {
      await expect(look()).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    }
    proxy.hold(false);
    const lastSeq = await eventually(async () => (await events.get('run_1'))?.lastSeq);
    const eventId = 'evt_later';
    const next = commitOf('run_1', lastSeq ?? 0, { event: { eventId } });
    expect(await events.append([next])).toEqual([{ kind: 'stored' }]);
  });
});

/** The first answer, however often it was refused before. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      expect(isRunchartError(error) && error.retryable, String(error)).toBe(true);
    }
  }
}

/** Somebody else who has locked all runs until told otherwise. */
async function rowHolder(schema: string): Promise<AsyncDisposable & { letGo(): Promise<void> }> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`BEGIN; SELECT 1 FROM "${schema}".runs FOR UPDATE`);
  return {
    letGo: async () => void (await client.query('COMMIT')),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** How many appends wait for a lock. */
async function waitingOn(schema: string): Promise<number> {
  const rows = await ask(
    postgresUrl,
    `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
    [`%${schema}%`],
  );
  return rows.length;
}
