import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { findNatsServer, NO_NATS } from '../support/nats/find-nats-server.ts';
import { type Fleet, startFleet, type Worker } from './support/fleet.ts';
import { work } from './support/fleet-worker.ts';
import { findPostgres, NO_POSTGRES } from '../support/postgres/server.ts';

const QUEUES = [
  { queue: 'pg-boss', isThere: findPostgres() !== undefined, missing: NO_POSTGRES },
  { queue: 'nats', isThere: findNatsServer() !== undefined, missing: NO_NATS },
] as const;
for (const { isThere, missing } of QUEUES) if (!isThere) console.log(missing);

/** By then a job of a process that gives no sign of life was given to another one. */
const LEASES_OVER_MS = { 'pg-boss': 13_000, nats: 4_000 };
const LIMIT = { timeout: 120_000, interval: 100 };

async function start(fleet: Fleet, count: number, steps: number, stepMs: number): Promise<void> {
  const input = { steps, stepMs };
  await Promise.all(Array.from({ length: count }, () => fleet.runtime.start(work, { input })));
}

/** Every run has its end, one and the last, and did every step in order. */
async function expectAllEnded(fleet: Fleet, count: number, steps: number): Promise<void> {
  await expect.poll(async () => (await fleet.runtime.counts()).completed, LIMIT).toBe(count);
  const { runs } = await fleet.runtime.list({ limit: count });
  for (const { snapshot } of runs) {
    expect(snapshot.result).toBe(steps);
    const verified = await fleet.runtime.verify(snapshot.runId);
    expect(verified).toMatchObject({ ok: true });
  }
}

async function driving(fleet: Fleet, workers: readonly Worker[], least: number): Promise<void> {
  await expect
    .poll(async () => {
      const counts = await Promise.all(workers.map(({ driven }) => driven()));
      return Math.min(...counts);
    }, LIMIT)
    .toBeGreaterThanOrEqual(least);
}

const jobsOf = async (fleet: Fleet, runId: string): Promise<{ id: string; state: string }[]> => {
  const client = new pg.Client({ connectionString: fleet.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; state: string }>(
      'SELECT id, state FROM pgboss.job WHERE singleton_key = $1 ORDER BY created_on',
      [runId],
    );
    return rows;
  } finally {
    await client.end();
  }
};

/** Jobs that somebody holds. */
async function openJobs(queue: string, url: string): Promise<number> {
  if (queue === 'nats') {
    const connection = await connect({ servers: url });
    const manager = await jetstreamManager(connection);
    const { num_ack_pending } = await manager.consumers.info('runchart-work', 'workers');
    await connection.close();
    return num_ack_pending;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("SELECT 1 FROM pgboss.job WHERE state = 'active'");
  await client.end();
  return rows.length;
}

/** Throws away whatever is queued. */
async function empty(queue: string, url: string): Promise<void> {
  if (queue === 'nats') {
    const connection = await connect({ servers: url });
    await (await jetstreamManager(connection)).streams.purge('runchart-work');
    return connection.close();
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('DELETE FROM pgboss.job');
  await client.end();
}

describe.each(QUEUES.filter(({ isThere }) => isThere))('over $queue', ({ queue }) => {
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
    // Nor did it end their jobs. Of NATS it may: see docs/dispatch.md.
    if (queue === 'pg-boss') expect(await openJobs(queue, fleet.url)).toBe(5);
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

describe.runIf(QUEUES[0].isThere)('runs and jobs in one Postgres', () => {
  it(
    'runs of a worker that is frozen are taken over, and are not its own when it comes back',
    LIMIT,
    async () => {
      await using fleet = await startFleet('pg-boss', { isStoreThere: true });
      const first = await fleet.worker();
      await start(fleet, 5, 200, 50);
      await driving(fleet, [first], 5);
      first.freeze();
      const second = await fleet.worker();
      await driving(fleet, [second], 5);
      first.thaw();
      await expect.poll(() => first.driven(), LIMIT).toBe(0);
      await expectAllEnded(fleet, 5, 200);
    },
  );

  it('runs of workers that are killed one after the other end', LIMIT, async () => {
    await using fleet = await startFleet('pg-boss', { isStoreThere: true, concurrency: 12 });
    await Promise.all([fleet.worker(), fleet.worker()]);
    const victims = await Promise.all([fleet.worker(), fleet.worker()]);
    await start(fleet, 30, 60, 50);
    for (const victim of victims) {
      await sleep(1_000);
      await victim.kill();
    }
    await expectAllEnded(fleet, 30, 60);
  });
});

describe.runIf(QUEUES[0].isThere)('a job of pg-boss', () => {
  it(
    'that a stale worker completed while another one drove its run is made up for when that one dies',
    LIMIT,
    async () => {
      await using fleet = await startFleet('pg-boss');
      const stale = await fleet.worker({ isBlind: true });
      await start(fleet, 1, 300, 100);
      await driving(fleet, [stale], 1);
      const runId = fleet.begun[0]?.runId ?? '';
      const [job] = await jobsOf(fleet, runId);
      stale.freeze();
      fleet.lapse((await ownerOf(fleet, runId)) ?? '');
      const owner = await fleet.worker();
      await driving(fleet, [owner], 1);
      // The heartbeat of the first job has run out: it is the new owner's.
      await expect
        .poll(
          async () => (await jobsOf(fleet, runId)).filter(({ state }) => state === 'active'),
          LIMIT,
        )
        .toEqual([{ id: job?.id, state: 'active' }]);
      await sleep(11_000);
      expect(await owner.driven()).toBe(1);
      stale.thaw();
      const stateOf = async (): Promise<string | undefined> =>
        (await jobsOf(fleet, runId)).find(({ id }) => id === job?.id)?.state;
      await expect.poll(stateOf, LIMIT).toBe('completed');
      // The foreign completion: the run is driven, and its job is done.
      expect((await fleet.runtime.info(runId)).snapshot.status).toBe('executing');
      expect(await owner.driven()).toBe(1);
      await owner.kill();
      await expectAllEnded(fleet, 1, 300);
    },
  );
});

async function ownerOf(fleet: Fleet, runId: string): Promise<string | undefined> {
  return (await fleet.runtime.info(runId)).owner?.id;
}
