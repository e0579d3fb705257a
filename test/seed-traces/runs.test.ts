import { describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { BACKENDS, replay } from '../support/seed-traces/replay.ts';
import { RunAdapter, type RunRequest } from '../support/seed-traces/runs.ts';
import { readTraces, Tally } from '../support/seed-traces/traces.ts';

describe.each(BACKENDS)('runs in %s', (name, create) => {
  const tally = new Tally();

  for (const trace of readTraces<RunRequest>('runs')) {
    it(`answer trace ${trace.seed} as the seed did, or as the differences say`, async () => {
      await using stores = await create();
      await using runtime = await createRuntime({ stores });
      await replay(trace, new RunAdapter(runtime), tally);
      for (const { snapshot } of (await runtime.list({ limit: 1000 })).runs) {
        expect(await runtime.verify(snapshot.runId)).toMatchObject({ ok: true, problems: [] });
      }
    });
  }

  it('differ from the seed by nothing else', () => {
    console.log(`runs in ${name}: ${tally.equal} replies equal, differing:`, tally.differing);
    expect(tally.total).toBe(360);
    expect({ equal: tally.equal, ...tally.differing }).toMatchInlineSnapshot(`
      {
        "difference 1 (nothing leaves a terminal status) and difference 2 (failing and cancelling leave an event) and difference 4 (run.created is event 1)": 40,
        "difference 1 (nothing leaves a terminal status) and difference 4 (run.created is event 1)": 38,
        "difference 2 (failing and cancelling leave an event) and difference 4 (run.created is event 1)": 28,
        "difference 4 (run.created is event 1)": 176,
        "difference 7 (the receipt tells cancels apart) and rule: an unknown run is RUN_NOT_FOUND": 2,
        "equal": 0,
        "rule: an unknown run is RUN_NOT_FOUND": 76,
      }
    `);
  });
});
