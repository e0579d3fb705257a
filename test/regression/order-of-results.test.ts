import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { eventually, open, sqlitePlace } from '../support/runtime/helpers.ts';

// Branches that ask for the same name get its numbers in the order in which they got on. That order has
// to be the one of the log, or what one branch did is taken for what another one did.

const hang = () => new Promise<never>(() => {});

it('a result of an earlier attempt is given before a new one, however fast the new one is', async () => {
  using place = sqlitePlace('inline');
  let crashed = false;
  const branches = defineRun<undefined, undefined, unknown>({
    name: 'branches',
    execute: async ({ step, attempt }) => {
      const got = await Promise.all(
        Array.from({ length: 12 }, async (_, n) => {
          // The first one has not ended when the first attempt does, and is fast in the second.
          const own = await step(`branch ${n}`, () => (n === 0 && attempt === 1 ? hang() : n));
          if (attempt === 1) await hang();
          return step('then', () => own);
        }),
      );
      await step('rest', () => (attempt === 2 ? ((crashed = true), hang()) : null));
      return got;
    },
  });
  let id: string;
  {
    const runtime = await open({ stores: place.stores(), definitions: [branches] });
    const run = await runtime.start(branches);
    id = run.id;
    await eventually(async () => (await run.snapshot()).eventCount >= 2 + 12 + 11);
    await runtime.close({ graceMs: 10 });
  }
  {
    const runtime = await open({ stores: place.stores(), definitions: [branches] });
    await eventually(() => crashed);
    await runtime.close({ graceMs: 10 });
  }
  await using runtime = await open({ stores: place.stores(), definitions: [branches] });
  expect(await (await runtime.get(id)).result()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

it('results that are recorded together are given in the order of the log', async () => {
  using place = sqlitePlace('inline');
  let crashed = false;
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const branches = defineRun<undefined, undefined, unknown>({
    name: 'branches',
    execute: async ({ step, outputs, attempt }) => {
      const work = async () => {
        begun += 1;
        await gate.promise;
      };
      const got = await Promise.all([
        step('tried again', work, { retries: 1 }).then(() => step('then', () => 'tried again')),
        step('once', work).then(() => step('then', () => 'once')),
        gate.promise.then(() => outputs.progress('x')).then(() => step('then', () => 'output')),
      ]);
      await step('rest', () => (attempt === 1 ? ((crashed = true), hang()) : null));
      return got;
    },
  });
  let id: string;
  {
    const runtime = await open({ stores: place.stores(), definitions: [branches] });
    id = (await runtime.start(branches)).id;
    await eventually(() => begun === 2);
    await turn();
    gate.resolve();
    await eventually(() => crashed);
    await runtime.close({ graceMs: 10 });
  }
  await using runtime = await open({ stores: place.stores(), definitions: [branches] });
  expect(await (await runtime.get(id)).result()).toEqual(['tried again', 'once', 'output']);
});

it('a new result waits for what another branch has yet to ask for again', async () => {
  using place = sqlitePlace('inline');
  const branches = defineRun<undefined, undefined, unknown>({
    name: 'branches',
    execute: async ({ step, attempt }) => {
      const slow = async () => {
        await step('slow', () => null);
        await pause(30);
        return step('then', () => 'slow');
      };
      const fast = async () => {
        await step('fast', () => (attempt === 1 ? hang() : null));
        return step('then', () => 'fast');
      };
      return Promise.all([slow(), fast()]);
    },
  });
  let id: string;
  {
    const runtime = await open({ stores: place.stores(), definitions: [branches] });
    const run = await runtime.start(branches);
    id = run.id;
    await eventually(async () => (await run.snapshot()).eventCount >= 2 + 1 + 2 + 1 + 2);
    await runtime.close({ graceMs: 10 });
  }
  await using runtime = await open({ stores: place.stores(), definitions: [branches] });
  expect(await (await runtime.get(id)).result()).toEqual(['slow', 'fast']);
});
