import { expect, it } from 'vitest';
import { startEngine } from '../support/chaos/engines.ts';
import type { Rule } from '../support/chaos/judge.ts';
import type { Plant } from '../support/chaos/plants.ts';
import { workerChaos } from '../support/chaos/worker-chaos.ts';
import { newSeed } from '../support/runtime/random.ts';

const NAMED: Readonly<Record<Plant, Rule>> = {
  stale: 'no stale append',
  lost: 'nothing lost',
  skip: 'live is the log',
  greedy: 'capacity',
};

/** Only who is frozen is ever stale; the other faults show by themselves. */
const MINUTES: Readonly<Record<Plant, number>> = {
  stale: 0.08,
  lost: 0.01,
  skip: 0.01,
  greedy: 0.01,
};

it.each(Object.entries(NAMED) as [Plant, Rule][])(
  'a fault of the kind "%s" is named by the verdict: %s',
  { timeout: 240_000 },
  async (plant, rule) => {
    await using engine = await startEngine('sqlite');
    if (engine === undefined) throw new Error('Expected an engine of SQLite');
    const seed = newSeed();
    const options = { minutes: MINUTES[plant], runs: 24, seed, plant };
    const { violations } = await workerChaos({ ...options, store: engine.address });
    expect(
      violations.map(({ rule }) => rule),
      `RUNCHART_SEED=${seed}`,
    ).toContain(rule);
  },
);
