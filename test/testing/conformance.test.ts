import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as testing from '../../src/testing/index.ts';
import {
  casesFor,
  conformanceCases,
  openConformance,
  runConformance,
  type StoreCase,
} from '../../src/testing/index.ts';
import { RunchartError } from '../../src/errors.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { failureText } from '../../src/testing/plain-words.ts';

const onMemory = { createStores: () => memory() };

/** Stores in memory with a method of their own. */
const withForget = (forget: Stores['forget']) => ({
  createStores: () => ({ ...memory(), forget }),
});

describe('runchart/testing', () => {
  it('gives out the cases, what runs them, and the wrappers', () => {
    expect(Object.keys(testing).toSorted()).toEqual([
      'InjectedFault',
      'casesFor',
      'conformanceCases',
      'crashableStores',
      'faultyStores',
      'heldStores',
      'openConformance',
      'runConformance',
      'scheduledStores',
      'virtualClock',
      'wrapStores',
    ]);
  });

  it('has no two cases of one name in a contract', () => {
    const names = conformanceCases.map(({ contract, name }) => `${contract}: ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe('casesFor', () => {
  const all = { durable: true, shared: true, background: true };

  it('answers every case for stores that declare everything', () => {
    expect(casesFor(all)).toEqual({ cases: conformanceCases, leftOut: [] });
  });

  it('leaves out exactly what a capability is missing for, and says which', () => {
    const { cases, leftOut } = casesFor({ ...all, durable: false });
    expect(leftOut.length).toBeGreaterThan(0);
    expect(cases).toEqual(conformanceCases.filter(({ requires }) => requires !== 'durable'));
    for (const { case: one, missing, reason } of leftOut) {
      expect([one.requires, missing]).toEqual(['durable', 'durable']);
      expect(reason).toBe('the store does not declare the capability "durable"');
    }
  });

  it('answers only the cases that are asked for', () => {
    const { cases, leftOut } = casesFor(all, { only: ({ contract }) => contract === 'retention' });
    expect(leftOut).toEqual([]);
    expect(new Set(cases.map(({ contract }) => contract))).toEqual(new Set(['retention']));
  });

  it('leaves out what is slow of a quick run', () => {
    const { cases, leftOut } = casesFor(all, { quick: true });
    expect(cases.some(({ isSlow }) => isSlow)).toBe(false);
    expect(leftOut.every(({ case: one, missing }) => one.isSlow && missing === null)).toBe(true);
  });
});

describe('openConformance', () => {
  const caseOf = (run: StoreCase['run']): StoreCase => ({ name: 'a case', run });

  it('gives cases one place to share in which none meets the ids of another', async () => {
    const conformance = openConformance(onMemory);
    const seen: (string | undefined)[] = [];
    const look = caseOf(async ({ shared }) => {
      const stores = await shared();
      const lease = await stores.events.enlist('own_1');
      assert.equal(lease.ownerId, 'own_1');
      seen.push((await stores.diagnose()).facts['runs']?.toString());
    });
    await Promise.all([conformance.run(look), conformance.run(look)]);
    await conformance.close();
    expect(seen).toEqual(['0', '0']);
  });

  it('closes what a case has opened, and removes its place, also when it fails', async () => {
    const places: string[] = [];
    const opened: Stores[] = [];
    const conformance = openConformance({
      createStores: (place) => {
        places.push(place);
        const stores = memory();
        opened.push(stores);
        return stores;
      },
      release: async (place) => void places.push(`released ${place}`),
    });
    const failing = caseOf(async ({ create }) => {
      await (await create()).open();
      throw new Error('it fails');
    });
    await expect(conformance.run(failing)).rejects.toThrow('it fails');
    const [place = ''] = places;
    expect(places).toEqual([place, `released ${place}`]);
    expect(existsSync(place)).toBe(false);
    await expect(opened[0]?.diagnose()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('gives the cases after one that failed another place to share', async () => {
    let made = 0;
    const conformance = openConformance({
      createStores: () => {
        made += 1;
        return memory();
      },
    });
    const passing = caseOf(async ({ shared }) => void (await shared()));
    const failing = caseOf(async ({ shared }) => {
      await shared();
      throw new Error('it fails');
    });
    await conformance.run(passing);
    await expect(conformance.run(failing)).rejects.toThrow('it fails');
    await conformance.run(passing);
    await conformance.run(passing);
    await conformance.close();
    expect(made).toBe(2);
  });

  it('fails a case that does not end in time, and one whose stores do not close', async () => {
    const conformance = openConformance(onMemory, { caseLimitMs: 20 });
    const hanging = caseOf(() => new Promise(() => {}));
    await expect(conformance.run(hanging)).rejects.toThrow('did not end within 0.02 seconds');
    const stuck = openConformance(
      { createStores: () => ({ ...memory(), close: () => new Promise<void>(() => {}) }) },
      { caseLimitMs: 20 },
    );
    const opening = caseOf(async ({ create }) => void (await create()));
    await expect(stuck.run(opening)).rejects.toThrow('close did not end within 0.02 seconds');
  });
});

describe('runConformance', () => {
  it('reports each case in its order, and passes stores that keep every contract', async () => {
    const told: string[] = [];
    const { ok, results, failed, leftOut } = await runConformance(onMemory, {
      quick: true,
      onCase: ({ case: one }) => void told.push(one.name),
    });
    expect([ok, failed]).toEqual([true, []]);
    expect(told).toEqual(results.map(({ case: one }) => one.name));
    expect(results.length + leftOut.length).toBe(conformanceCases.length);
  });

  it('answers a report of stores that do not close', async () => {
    const close = (): Promise<void> => Promise.reject(new Error('it is stuck'));
    const createStores = (): Stores => ({ ...memory(), close });
    const { failed } = await runConformance(
      { createStores },
      { only: ({ contract }) => contract === 'retention' },
    );
    const reasons = new Set(failed.map(({ reason }) => reason));
    expect(reasons).toEqual(new Set(['it rejected with Error: it is stuck']));
  });

  it('answers what failed, with the reason in plain words, and goes on with the other cases', async () => {
    const { ok, results, failed } = await runConformance(
      withForget(async () => {
        throw new RunchartError('STORE_FAILED', 'The disk\nis gone.');
      }),
      { quick: true },
    );
    expect(ok).toBe(false);
    expect(failed.length).toBeGreaterThan(3);
    expect(results.length).toBeGreaterThan(failed.length * 5);
    for (const { reason } of failed) {
      expect(reason).toContain('it rejected with STORE_FAILED: The disk is gone.');
    }
  });
});

describe('the reason of a failure', () => {
  const reasonOf = (check: () => void): string => {
    try {
      check();
    } catch (error) {
      return failureText(error);
    }
    return 'no failure';
  };

  it.each<[string, () => void, string]>([
    ['a number', () => assert.equal(1, 2), 'expected 2, got 1'],
    [
      'a member',
      () => assert.deepEqual({ a: [{ b: 1 }] }, { a: [{ b: 2 }] }),
      'expected 2 at a[0].b, got 1',
    ],
    ['a member too many', () => assert.deepEqual([1, 2], [1]), 'expected nothing at [1], got 2'],
    [
      'a member that is missing',
      () => assert.deepEqual([1], [1, 2]),
      'expected 2 at [1], got nothing',
    ],
    [
      'a member that is undefined',
      () => assert.deepEqual({ a: undefined }, {}),
      'expected {}, got { a: undefined }',
    ],
    ['a kind', () => assert.deepEqual({}, []), 'expected [], got {}'],
    ['what it is about', () => assert.equal(1, 2, 'runs'), 'runs: expected 2, got 1'],
    ['a condition', () => assert.ok(Number('1') > 2, 'one is more'), 'this is not so: one is more'],
    ['a text', () => assert.match('abc', /x/), "expected a text like /x/, got 'abc'"],
    ['the same', () => assert.notEqual('a', 'a'), "expected another value than 'a'"],
    ['words', () => assert.fail('it is so'), 'it is so'],
    [
      'an error',
      () => {
        throw new TypeError('odd\nindeed');
      },
      'it rejected with TypeError: odd indeed',
    ],
  ])('is one sentence for %s', (_, check, reason) => {
    expect(reasonOf(check)).toContain(reason);
    expect(reasonOf(check)).not.toContain('\n');
  });
});
