import { expect, it } from 'vitest';
import { killLoop } from '../../scripts/kill-loop.ts';

it('[I3] [I4] [I5] a writer that is killed at any moment loses nothing that it was told is durable', async () => {
  const figures = await killLoop(5);
  const { seed, acknowledged } = figures;
  console.log('kill loop', figures);
  expect(figures, `RUNCHART_SEED=${seed}`).toMatchObject({ lost: 0, gaps: 0, problems: [] });
  expect(acknowledged).toBeGreaterThan(0);
});
