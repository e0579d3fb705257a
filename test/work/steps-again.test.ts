import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Clock, defineRun } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { crashableStores, virtualClock } from '../../src/testing/index.ts';
import {
  collect,
  eventually,
  open,
  PLACES,
  temporaryFolder,
  typesOf,
} from '../support/runtime/helpers.ts';

const hang = () => new Promise<never>(() => {});

describe.each(PLACES)('on %s', (_, create) => {
  it('a step is tried as often as it may be, tries of earlier attempts counted', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const tried: string[] = [];
    const job = defineRun({
      name: 'job',
      execute: async ({ step, attempt }) =>
        step(
          'work',
          ({ tries }) => {
            tried.push(`attempt ${attempt}, try ${tries}`);
            if (attempt === 1 && tries === 2) return hang();
            throw new Error('again');
          },
          { retries: 2, backoffMs: 1 },
        ),
    });
    const dying = crashableStores(stores);
    const run = await (await open({ stores: dying.stores, definitions: [job] })).start(job);
    await eventually(() => tried.length === 2);
    await dying.crash();
    await using runtime = await open({ stores, definitions: [job] });
    const again = await runtime.get(run.id);
    await eventually(async () => (await again.status()) === 'failed');
    // The second try was not seen to end, so it is made again.
    expect(tried).toEqual([
      'attempt 1, try 1',
      'attempt 1, try 2',
      'attempt 2, try 2',
      'attempt 2, try 3',
    ]);
    await stores.close();
  });

  it('a remembered result is given when all that had begun before it ended is asked for', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    let isBegun = false;
    const branches = defineRun({
      name: 'branches',
      execute: async ({ step, attempt }) => {
        const slow = async () => {
          await step('slow', () => pause(100));
          return step('same', () => 'of the slow one');
        };
        const late = async () => {
          // Not in the log: the first branch has its answer by then, if it is given at once.
          await pause(20);
          // Begun before the slow one ends, and ended after it.
          return step('same', () => pause(200, 'of the late one'));
        };
        const results = await Promise.all([slow(), late()]);
        isBegun = true;
        if (attempt === 1) await hang();
        return results;
      },
    });
    const dying = crashableStores(stores);
    const run = await (
      await open({ stores: dying.stores, definitions: [branches] })
    ).start(branches);
    await eventually(() => isBegun);
    await dying.crash();
    await using runtime = await open({ stores, definitions: [branches] });
    const result = await (await runtime.get(run.id)).result();
    expect(result).toEqual(['of the slow one', 'of the late one']);
    await stores.close();
  });
});

it('a run is not let go of while an answer has come that it has not heard of yet', async () => {
  using folder = temporaryFolder();
  // The runtime that drives the run hears of what others write at its next append.
  const stores = () =>
    sqlite(join(folder.path, 'runs.db'), { writer: 'inline', watchIntervalMs: 600_000 });
  const time = virtualClock();
  const clock: Clock = {
    now: () => time.now(),
    at: (atMs, onTime) => time.at(atMs, onTime),
    after: (ms, onTime) => time.at(time.now() + ms, onTime),
  };
  const asking = defineRun({
    name: 'asking',
    execute: async ({ interrupt }) => interrupt({ question: 'Well?' }),
  });
  await using driving = await open({ stores: stores(), definitions: [asking], clock });
  await using other = await open({ stores: stores() });
  const run = await driving.start(asking);
  const there = await other.get(run.id);
  await eventually(async () => (await there.interrupts.list()).length === 1);
  const [asked] = await there.interrupts.list();
  if (asked === undefined) throw new TypeError('Expected an interrupt');
  await there.interrupts.resolve(asked.id, asked.token, 'well');
  // By now it has done nothing but wait for long enough.
  await time.advance(60);
  await eventually(async () => (await there.status()) === 'completed');
  expect(typesOf(await collect(there.events()))).not.toContain('attempt.ended');
});
