import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLACES } from '../support/runtime/helpers.ts';
import { type Call, interleave, KINDS } from '../support/runtime/interleaving.ts';
import { newSeed } from '../support/runtime/random.ts';
import { runs } from '../support/runs.ts';

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(...KINDS.slice(0, -1)) },
      { weight: 1, arbitrary: fc.constant('close' as const) },
    ),
    via: fc.constantFrom(0 as const, 1 as const),
    drives: fc.boolean(),
    after: fc.nat(12),
  }),
  { minLength: 2, maxLength: 14, size: 'max' },
);

const RUNS: Readonly<Record<string, number>> = {
  memory: runs(300),
  'sqlite inline': runs(15),
};

describe.each(PLACES)('two runtimes on one store: %s', (name, create) => {
  it('[I1] [I2] [I3] [I4] [I5] [I6] [I7] [I8] [I9] [I10] agree, in whatever order it answers', async () => {
    const seed = newSeed();
    console.log(`interleavings on ${name}: RUNCHART_SEED=${seed}`);
    let commits = 0;
    const property = fc.asyncProperty(fc.scheduler(), calls, async (scheduler, given) => {
      using place = create();
      commits += await interleave(scheduler, given, place);
    });
    await fc.assert(property, {
      seed,
      numRuns: RUNS[name] ?? 0,
    });
    expect(commits).toBeGreaterThan(5 * (RUNS[name] ?? 0));
  }, 120_000);
});
