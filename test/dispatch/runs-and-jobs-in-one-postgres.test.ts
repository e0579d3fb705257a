import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startFleet } from './support/fleet.ts';
import { driving, expectAllEnded, LIMIT, start } from './support/fleet-steps.ts';
import { findPostgres } from '../support/postgres/server.ts';

describe.runIf(findPostgres() !== undefined)('runs and jobs in one Postgres', () => {
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
