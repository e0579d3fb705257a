import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRunchartError } from '../../src/errors.ts';
import { postgres } from '../../src/stores/postgres/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { findPostgres, type PostgresKind, startPostgres } from '../support/postgres/server.ts';

/** How often the server crashes; more in a long run. */
const CRASHES = 3 * Number(process.env['RUNCHART_ROUNDS'] ?? 1);
const RUNS = 20;
const kind = process.env['RUNCHART_POSTGRES'] as PostgresKind | undefined;
const options = kind === undefined ? {} : { kind };
const canStart = findPostgres(kind) !== undefined;
if (!canStart) console.log('No server is crashed: there is none that these tests could start.');

describe('a Postgres that crashes', () => {
  it.skipIf(!canStart)(
    'loses no event that was acknowledged, and the others are there or not, once and for all',
    { timeout: 120_000 },
    async () => {
      await using server = await startPostgres(options);
      const stores = postgres({ url: server.url, doubtLimitMs: 1_000 });
      await stores.open();
      onTestFinished(() => stores.close());
      const { events } = stores;
      const over = new AbortController();
      let found = 0;
      let acknowledgedAppends = 0;
      const write = async (runId: string): Promise<readonly string[]> => {
        const log: string[] = [];
        for (let n = 0; !over.signal.aborted; n += 1) {
          const eventId = `${runId} ${n}`;
          try {
            const commit = commitOf(runId, log.length, { event: { eventId } });
            const [outcome] = await events.append([commit]);
            expect(outcome).toEqual({ kind: 'stored' });
            acknowledgedAppends += 1;
            log.push(eventId);
          } catch (error) {
            expect(isRunchartError(error) && error.retryable, String(error)).toBe(true);
            if ((await tailOf(runId, log.length)) !== eventId) continue;
            found += 1;
            log.push(eventId);
          }
        }
        return log;
      };
      const tailOf = async (runId: string, afterSeq: number): Promise<string | undefined> => {
        for (;;) {
          try {
            const page = await events.read(runId, { afterSeq, limit: 1 });
            return page.events[0]?.eventId;
          } catch (error) {
            if (isRunchartError(error, 'RUN_NOT_FOUND')) return undefined;
            expect(isRunchartError(error) && error.retryable, String(error)).toBe(true);
            await sleep(20);
          }
        }
      };
      const runIds = Array.from({ length: RUNS }, (_, n) => `run_${n}`);
      const writing = Promise.all(runIds.map(write));
      for (let crash = 0; crash < CRASHES; crash += 1) {
        const before = acknowledgedAppends;
        await expect.poll(() => acknowledgedAppends).toBeGreaterThan(before + 5 * RUNS);
        await server.crash();
      }
      const before = acknowledgedAppends;
      await expect.poll(() => acknowledgedAppends).toBeGreaterThan(before + RUNS);
      over.abort();
      const logs = await writing;
      console.log(
        `postgres-crash: ${CRASHES} crashes, ${acknowledgedAppends} appends acknowledged, ` +
          `${found} others found stored`,
      );
      for (const [i, runId] of runIds.entries()) {
        const page = await events.read(runId, { limit: 100_000 });
        expect(page.events.map(({ eventId }) => eventId)).toEqual(logs[i]);
      }
      expect((await stores.diagnose()).problems).toEqual([]);
    },
  );

  it.skipIf(!canStart)(
    'says what is not safe about it, and that it is gone',
    { timeout: 60_000 },
    async () => {
      const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
      await using server = await startPostgres({ ...options, settings });
      const stores = postgres({ url: server.url, connectTimeoutMs: 500, doubtLimitMs: 300 });
      await stores.open();
      onTestFinished(() => stores.close());
      const { facts, problems } = await stores.diagnose();
      // What the server is set to is not what these connections commit with.
      expect(facts['synchronousCommit']).toBe('on');
      expect(problems.join('\n')).toMatch(/^fsync is off.*\nfull_page_writes is off/);
      await stores.events.append([commitOf('run_1', 0)]);
      await server.kill();
      for (const call of [
        () => stores.events.get('run_1'),
        () => stores.events.append([commitOf('run_1', 1)]),
        () => stores.outputs.listForAttempt('task', 1),
        () => stores.blobs.size('0'.repeat(64)),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
      }
      await server.start();
      expect((await stores.events.get('run_1'))?.lastSeq).toBe(1);
    },
  );
});
