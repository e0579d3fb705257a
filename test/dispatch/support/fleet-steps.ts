import { expect } from 'vitest';
import type { Fleet, Worker } from './fleet.ts';
import { work } from './fleet-worker.ts';

/** Of a test, and of what is waited for in it, in milliseconds. */
export const LIMIT = { timeout: 120_000, interval: 100 };

/** Starts that many runs of so many steps. */
export async function start(
  fleet: Fleet,
  count: number,
  steps: number,
  stepMs: number,
): Promise<void> {
  const input = { steps, stepMs };
  await Promise.all(Array.from({ length: count }, () => fleet.runtime.start(work, { input })));
}

/** Every run has its end, one and the last, and did every step in order. */
export async function expectAllEnded(fleet: Fleet, count: number, steps: number): Promise<void> {
  await expect.poll(async () => (await fleet.runtime.counts()).completed, LIMIT).toBe(count);
  const { runs } = await fleet.runtime.list({ limit: count });
  for (const { snapshot } of runs) {
    expect(snapshot.result).toBe(steps);
    const verified = await fleet.runtime.verify(snapshot.runId);
    expect(verified).toMatchObject({ ok: true });
  }
}

/** Resolves when each of these drives so many. */
export async function driving(
  fleet: Fleet,
  workers: readonly Worker[],
  least: number,
): Promise<void> {
  await expect
    .poll(async () => {
      const counts = await Promise.all(workers.map(({ driven }) => driven()));
      return Math.min(...counts);
    }, LIMIT)
    .toBeGreaterThanOrEqual(least);
}
