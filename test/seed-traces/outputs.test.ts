import { describe, expect, it } from 'vitest';
import { OutputAdapter, type OutputRequest } from '../support/seed-traces/outputs.ts';
import { BACKENDS, replay } from '../support/seed-traces/replay.ts';
import { readTraces, Tally } from '../support/seed-traces/traces.ts';

describe.each(BACKENDS)('outputs in %s', (name, create) => {
  const tally = new Tally();

  for (const trace of readTraces<OutputRequest>('outputs')) {
    it(`answer trace ${trace.seed} as the seed did, or as the rules say`, async () => {
      await using stores = await create();
      await replay(trace, new OutputAdapter(stores.outputs), tally);
    });
  }

  it('differ from the seed by nothing else', () => {
    console.log(`outputs in ${name}: ${tally.equal} replies equal, differing:`, tally.differing);
    expect(tally.total).toBe(360);
    expect({ equal: tally.equal, ...tally.differing }).toMatchInlineSnapshot(`
      {
        "difference 6 (latest by name stays within the run)": 7,
        "difference 6 (latest by name stays within the run) and rule: a final closes the attempt (ATTEMPT_CLOSED)": 2,
        "difference 6 (latest by name stays within the run) and rule: parentRefs must exist (OUTPUT_NOT_FOUND)": 5,
        "equal": 244,
        "rule: a file ref has its size and digest": 24,
        "rule: a file ref has its size and digest and rule: a final closes the attempt (ATTEMPT_CLOSED)": 3,
        "rule: a file ref has its size and digest and rule: parentRefs must exist (OUTPUT_NOT_FOUND)": 2,
        "rule: a final closes the attempt (ATTEMPT_CLOSED)": 18,
        "rule: a final closes the attempt (ATTEMPT_CLOSED) and rule: parentRefs must exist (OUTPUT_NOT_FOUND)": 6,
        "rule: parentRefs must exist (OUTPUT_NOT_FOUND)": 49,
      }
    `);
  });
});
