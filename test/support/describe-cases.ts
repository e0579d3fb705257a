import { afterAll, describe, it } from 'vitest';
import {
  type CaseOptions,
  type ConformanceFixture,
  openConformance,
} from '../../src/testing/index.ts';

/** Every case as a test of its own; those of one fixture share what they can. */
export async function describeCases(
  name: string,
  fixture: ConformanceFixture,
  options: CaseOptions,
): Promise<void> {
  const conformance = openConformance(fixture);
  const { cases } = await conformance.plan(options);
  describe(name, () => {
    afterAll(() => conformance.close());
    for (const contract of new Set(cases.map((one) => one.contract))) {
      describe(`${contract} on ${name}`, () => {
        // Most of the time goes into disks and threads; the ages that contents have go by the clock.
        const test = contract === 'blob store' ? it : it.concurrent;
        for (const one of cases.filter((other) => other.contract === contract)) {
          test(one.name, () => conformance.run(one), 60_000);
        }
      });
    }
  });
}
