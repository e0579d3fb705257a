import { expect, it } from 'vitest';
import { surviveLoop } from '../../scripts/survive-loop.ts';

it('runs whose processes are killed at any moment complete, each completed step done once, no output twice', async () => {
  const { violations, ...figures } = await surviveLoop(6);
  console.log('survive loop', figures);
  expect(violations, `npm run survive-loop -- 6 --seed ${figures.seed}`).toEqual([]);
  expect(figures.runs).toBeGreaterThan(0);
  expect(figures.attempts).toBeGreaterThan(figures.runs + figures.children);
}, 120_000);
