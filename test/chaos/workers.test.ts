import { expect, it } from 'vitest';
import { startEngine } from '../support/chaos/engines.ts';
import { workerChaos } from '../support/chaos/worker-chaos.ts';
import { newSeed } from '../support/runtime/random.ts';

/** The scripts take minutes; here a handful of blows has to do. */
const SHORT = { minutes: 0.15, runs: 30 };

it.each(['sqlite', 'postgres', 'nats'])(
  'workers over %s are killed and stopped, and nothing is lost, repeated or out of order',
  { timeout: 240_000 },
  async (name) => {
    await using engine = await startEngine(name);
    if (engine === undefined) return;
    const seed = newSeed();
    const { violations, figures } = await workerChaos({ ...SHORT, seed, store: engine.address });
    console.log(`chaos over ${name}, seed ${seed}`, figures);
    expect(violations, `RUNCHART_SEED=${seed}`).toEqual([]);
  },
);
