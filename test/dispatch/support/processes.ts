import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { ask } from '../../support/postgres/ask.ts';
import { startFleet } from './fleet.ts';
import { driving, expectAllEnded, LIMIT, start } from './fleet-steps.ts';
import { work } from './fleet-worker.ts';

/** By then a job of a process that gives no sign of life was given to another one. */
const LEASES_OVER_MS = { 'pg-boss': 13_000, nats: 4_000 };

/** Jobs that somebody holds. */
async function openJobs(queue: string, url: string): Promise<number> {
  if (queue === 'nats') {
    return withNats(url, async ({ consumers }) => {
      const { num_ack_pending } = await consumers.info('runchart-work', 'workers');
      return num_ack_pending;
    });
  }
  return (await ask(url, "SELECT 1 FROM pgboss.job WHERE state = 'active'")).length;
}

/** Throws away whatever is queued. */
async function empty(queue: string, url: string): Promise<void> {
  if (queue === 'nats') await withNats(url, ({ streams }) => streams.purge('runchart-work'));
  else await ask(url, 'DELETE FROM pgboss.job');
}

async function withNats<T>(
  url: string,
  act: (manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** What is true of processes that share a queue, whichever it is. */
export function describeProcesses(queue: 'pg-boss' | 'nats', isThere: boolean): void {
  describe.runIf(isThere)(`over ${queue}`, () => {
    it('runs of a worker that is killed are gone on with by the others', LIMIT, async () => {
      // With a place for each: the third has to take what the others have no place for.
      await using fleet = await startFleet(queue, { concurrency: 12 });
      const workers = await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);
      await start(fleet, 30, 40, 50);
      await driving(fleet, workers, 1);
      await workers[0]?.kill();
      await expectAllEnded(fleet, 30, 40);
      expect(fleet.faults).toEqual([]);
    });

    it('a worker that was frozen leaves alone what others took over', LIMIT, async () => {
      await using fleet = await startFleet(queue);
      const first = await fleet.worker();
      await start(fleet, 5, 300, 50);
      await driving(fleet, [first], 5);
      const owner = await first.ownerId();
      first.freeze();
      fleet.lapse(owner ?? '');
      const second = await fleet.worker();
      await driving(fleet, [second], 5);
      await sleep(LEASES_OVER_MS[queue]);
      const before = await openJobs(queue, fleet.url);
      first.thaw();
      await expect.poll(() => first.driven(), LIMIT).toBe(0);
      await sleep(500);
      // It found out that they are not its own any more.
      expect(await second.driven()).toBe(5);
      expect(before).toBe(5);
      // Nor did it end their jobs.
      expect(await openJobs(queue, fleet.url)).toBe(5);
      await expectAllEnded(fleet, 5, 300);
      expect(fleet.faults).toEqual([]);
    });

    it(
      'what a queue has lost is found by those who look for runs that nobody drives',
      LIMIT,
      async () => {
        await using fleet = await startFleet(queue);
        await start(fleet, 10, 2, 5);
        await sleep(200);
        await empty(queue, fleet.url);
        await fleet.worker();
        await expectAllEnded(fleet, 10, 2);
      },
    );

    it(
      'runs of a session begin in their order, whoever drives them, and none is lost',
      LIMIT,
      async () => {
        await using fleet = await startFleet(queue);
        await Promise.all([fleet.worker(), fleet.worker()]);
        const runIds: string[] = [];
        for (let n = 0; n < 12; n += 1) {
          const run = await fleet.runtime.start(work, {
            sessionId: 'shared',
            input: { steps: 2, stepMs: 10 },
          });
          runIds.push(run.id);
        }
        await expectAllEnded(fleet, 12, 2);
        // What workers tell comes over several pipes, in any order.
        const begun = fleet.begun.toSorted((a, b) => a.atMs - b.atMs);
        expect(begun.map(({ runId }) => runId)).toEqual(runIds);
        expect(fleet.faults).toEqual([]);
      },
    );

    it('a worker that stops hands over what it drives', LIMIT, async () => {
      await using fleet = await startFleet(queue);
      const first = await fleet.worker();
      // Long enough for the second one to be there, however busy the machine is.
      await start(fleet, 5, 200, 50);
      await driving(fleet, [first], 5);
      const second = await fleet.worker();
      first.child.send('stop');
      await driving(fleet, [second], 5);
      await expectAllEnded(fleet, 5, 200);
      expect(fleet.faults).toEqual([]);
    });
  });
}
