import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runMachine } from '../../src/machines/index.ts';
import { FIELD_RULES } from '../../src/machines/run-fields.ts';
import { chartMutants, EQUIVALENT, killerOf, type Mutant } from '../support/chart-mutants.ts';
import { fieldMismatches } from '../support/field-table.ts';

// The development build warns about events that finished actors drop, and about odd configs.
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const mutants = chartMutants();

describe('mutants of the run chart', () => {
  it('are all different', () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('change every transition that the chart has', () => {
    const { active } = runMachine.config.states as Record<string, { on: object; states: never }>;
    const { planning } = active!.states as unknown as Record<string, { on: object }>;
    const owned = [
      ...Object.keys(active?.on ?? {}).map((type) => `active: ${type}`),
      ...Object.keys(planning?.on ?? {}).map((type) => `planning: ${type}`),
    ];
    expect(owned).toHaveLength(19);
    const names = new Set(mutants.map(({ name }) => name));
    for (const transition of owned) {
      expect(names).toContain(`${transition} removed`);
      expect(
        [...names].filter((name) => name.startsWith(`${transition} leads to`)).length,
      ).toBeGreaterThan(5);
    }
  });

  it('spoil what every rule of the chart makes of what a run waits for', () => {
    const spoilt = mutants.flatMap(({ rules }) => Object.keys(rules ?? {}));
    expect(new Set(spoilt)).toEqual(new Set(Object.keys(FIELD_RULES)));
  });

  // A thousand mutants take a quarter of a minute, and longer on a machine that has other work.
  it('are all found out, but for those that are the same chart', { timeout: 120_000 }, () => {
    const survivors = mutants.filter((mutant) => killerOf(mutant) === undefined);
    expect(survivors.map(({ name }) => name).toSorted()).toEqual([...EQUIVALENT.keys()].toSorted());
  });

  it('are judged by checks that the real chart passes', () => {
    const config = runMachine.config as unknown as Mutant['config'];
    expect(killerOf({ name: 'no mutant', config })).toBeUndefined();
    expect([...fieldMismatches(runMachine)]).toEqual([]);
  });
});
