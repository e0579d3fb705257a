import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from './support/fleet.ts';
import { driving, expectAllEnded, LIMIT, start } from './support/fleet-steps.ts';
import { ask } from '../support/postgres/ask.ts';
import { findPostgres } from '../support/postgres/server.ts';

interface Job {
  readonly id: string;
  readonly state: string;
}

const jobsOf = (fleet: Fleet, runId: string): Promise<readonly Job[]> =>
  ask<Job>(
    fleet.url,
    'SELECT id, state FROM pgboss.job WHERE singleton_key = $1 ORDER BY created_on',
    [runId],
  );

describe.runIf(findPostgres() !== undefined)('a job of pg-boss', () => {
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
