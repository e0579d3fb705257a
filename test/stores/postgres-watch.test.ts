import { describe, expect, it, onTestFinished } from 'vitest';
import type { Stores } from '../../src/stores/index.ts';
import { postgres, type PostgresOptions } from '../../src/stores/postgres/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { ask } from '../support/postgres/ask.ts';
import { newSchema, postgresUrl } from '../support/postgres/fixture.ts';
import { quietProxy } from '../support/postgres/quiet-proxy.ts';

async function opened(options: Partial<PostgresOptions>): Promise<Stores> {
  const stores = postgres({ url: postgresUrl, watchIntervalMs: 200, ...options });
  await stores.open();
  onTestFinished(() => stores.close());
  return stores;
}

function heardBy({ events }: Stores): Map<string, number> {
  const heard = new Map<string, number>();
  events.watch((runIds) => {
    for (const runId of runIds) heard.set(runId, (heard.get(runId) ?? 0) + 1);
  });
  return heard;
}

describe('a watch over Postgres', () => {
  it('tells of what was committed right after it began, soon, and of each change once', async () => {
    const schema = newSchema();
    const [mine, other] = [
      await opened({ schema, watchIntervalMs: 60_000 }),
      await opened({ schema }),
    ];
    const heard = heardBy(mine);
    await other.events.append([commitOf('run_1', 0), commitOf('run_2', 0)]);
    await mine.events.append([commitOf('mine', 0)]);
    await expect.poll(() => [...heard.keys()].sort()).toEqual(['run_1', 'run_2']);
    for (let n = 1; n <= 20; n += 1) {
      await other.events.append([commitOf('run_1', n)]);
      // Others are told: nothing else makes this watch look within a minute.
      await expect.poll(() => heard.get('run_1')).toBeGreaterThan(n);
    }
    // Some change of before the watch may be told once more, and no change that came since then.
    expect(heard.get('run_1')).toBeLessThan(24);
    expect(heard.has('mine')).toBe(false);
  });

  it('misses nothing of a writer that can tell nobody', async () => {
    const schema = newSchema();
    const [mine, other] = [await opened({ schema }), await opened({ schema })];
    const heard = heardBy(mine);
    await other.events.append([commitOf('run_1', 0)]);
    await expect.poll(() => heard.has('run_1')).toBe(true);
    // As a process does that dies between its commit and its word to others.
    await ask(
      postgresUrl,
      `INSERT INTO "${schema}".changes(origin, run_ids) VALUES('somebody', '{run_2}')`,
    );
    await expect.poll(() => heard.has('run_2')).toBe(true);
  });

  it('tells of a transaction that began long before others and committed after them', async () => {
    const schema = newSchema();
    const [mine, other] = [await opened({ schema }), await opened({ schema })];
    const heard = heardBy(mine);
    const { Client } = await import('pg');
    const slow = new Client({ connectionString: postgresUrl });
    await slow.connect();
    onTestFinished(() => slow.end());
    await slow.query(
      `BEGIN; INSERT INTO "${schema}".changes(origin, run_ids) VALUES('slow', '{slow}')`,
    );
    for (let n = 0; n < 30; n += 1) {
      await other.events.append([commitOf(`run_${n}`, 0)]);
      await expect.poll(() => heard.has(`run_${n}`)).toBe(true);
    }
    expect(heard.has('slow')).toBe(false);
    await slow.query('COMMIT');
    await expect.poll(() => heard.get('slow')).toBe(1);
    await other.events.append([commitOf('last', 0)]);
    await expect.poll(() => heard.has('last')).toBe(true);
    expect(heard.get('slow')).toBe(1);
  });

  it('misses nothing while its connections are cut, and hears at once again afterwards', async () => {
    const schema = newSchema();
    await using proxy = await quietProxy(postgresUrl);
    const mine = await opened({ url: proxy.url, schema, leaseMs: 600, connectTimeoutMs: 500 });
    const other = await opened({ schema });
    const heard = heardBy(mine);
    const all = Array.from({ length: 120 }, (_, n) => `run_${n}`);
    for (const [n, runId] of all.entries()) {
      await other.events.append([commitOf(runId, 0)]);
      if (n % 10 === 5) proxy.cutClients();
      if (n % 40 === 20) {
        proxy.hold(true);
        setTimeout(() => proxy.hold(false), 300);
      }
    }
    await expect.poll(() => all.filter((runId) => !heard.has(runId))).toEqual([]);
    await other.events.append([commitOf('after', 0)]);
    await expect.poll(() => heard.has('after')).toBe(true);
  });

  it('tells of all runs when it cannot know any more what changed', async () => {
    const schema = newSchema();
    const [mine, other] = [await opened({ schema }), await opened({ schema })];
    await other.events.append([commitOf('old', 0)]);
    await ask(postgresUrl, `DELETE FROM "${schema}".changes`);
    const clock = Date.now;
    const heard = heardBy(mine);
    await other.events.append([commitOf('new', 0)]);
    await expect.poll(() => heard.has('new')).toBe(true);
    expect(heard.has('old')).toBe(false);
    try {
      // As after a night in which the machine was asleep.
      Date.now = () => clock() + 8 * 3_600_000;
      await expect.poll(() => heard.has('old')).toBe(true);
    } finally {
      Date.now = clock;
    }
  });
});
