import { expect, it } from 'vitest';
import type { Commit, Stores } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import {
  formatHistory,
  generatePlan,
  type History,
  parsePlan,
  play,
  shrink,
} from '../../src/testing/simulation/index.ts';
import { newSeed } from '../support/runtime/random.ts';
import { wrapStores } from '../../src/testing/index.ts';

const SEEDS = 150;
/** More than it takes anywhere: nothing here goes by real time. */
const PATIENCE_MS = 300_000;

it(
  'whatever befalls processes and stores, runs come to what their programs say',
  async () => {
    const seed = newSeed();
    console.log(`seeds ${seed} to ${seed + SEEDS - 1}`);
    for (let n = 0; n < SEEDS; n += 1) {
      const { violations } = await play(generatePlan(seed + n));
      expect(violations, `npm run simulate -- --seed ${seed + n}`).toEqual([]);
    }
  },
  PATIENCE_MS,
);

it(
  'the same seed gives the same history, byte for byte',
  async () => {
    const seed = newSeed();
    console.log(`seeds ${seed} to ${seed + 9}`);
    for (let n = 0; n < 10; n += 1) {
      const once = formatHistory(await play(generatePlan(seed + n)));
      const again = formatHistory(await play(generatePlan(seed + n)));
      expect(again, `npm run simulate -- --seed ${seed + n}`).toBe(once);
    }
  },
  PATIENCE_MS,
);

/** Stores that do not know the key of a creation when it is used again. */
function forgetful(): Stores {
  const stores = memory();
  return wrapStores(stores, async ({ method, args }, proceed) => {
    if (method !== 'events.append') return proceed();
    const commits = (args[0] as readonly Commit[]).map((commit) => {
      if (commit.expectedSeq !== 0) return commit;
      const { idempotencyKey: _, ...rest } = commit;
      return rest;
    });
    return stores.events.append(commits);
  });
}

async function firstFailure(): Promise<History> {
  for (let seed = 1; seed <= 200; seed += 1) {
    const history = await play(generatePlan(seed), forgetful);
    if (history.violations.length > 0) return history;
  }
  throw new Error('Expected a seed that fails, found none');
}

it(
  'a history that fails is made short, and is the same again when its file is replayed',
  async () => {
    const found = await firstFailure();
    const least = await shrink(found, { openStores: forgetful });
    expect(least.violations[0]).toContain('[I8]');
    expect(least.plan.actions.length).toBeLessThanOrEqual(4);
    const text = formatHistory(least);
    expect(formatHistory(await play(parsePlan(text), forgetful))).toBe(text);
    expect((await play(parsePlan(text))).violations).toEqual([]);
  },
  PATIENCE_MS,
);

it('a text that is no history is not replayed', () => {
  expect(() => parsePlan('{}')).toThrow(SyntaxError);
});
