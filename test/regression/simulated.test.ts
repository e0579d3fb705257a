/** What simulated histories found: stores that fail for a moment, or take their time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { faultyStores, wrapStores } from '../../src/testing/index.ts';
import { codeOf, eventually, open } from '../support/runtime/helpers.ts';

const part = defineRun({
  name: 'part',
  execute: async ({ step }) => step('work', async () => sleep(20).then(() => 'part')),
});

const hears = (method: string) => (call: { readonly method: string }) => call.method === method;

it('a child whose creation the store did not take is started a moment later', async () => {
  const faulty = faultyStores(memory());
  const parent = defineRun({
    name: 'parent',
    execute: async ({ child }) => {
      // Behind step.started of the child comes the child itself.
      faulty.arm(2, 'once', hears('events.append'));
      return child(part);
    },
  });
  await using runtime = await open({
    stores: faulty.stores,
    definitions: [parent, part],
    onError: () => {},
  });
  const run = await runtime.start(parent);
  expect(await run.result()).toBe('part');
  expect(faulty.struck).toBe(true);
});

it('a run that waits for its child does not fail because the child could not be read for a moment', async () => {
  const faulty = faultyStores(memory());
  const parent = defineRun({
    name: 'parent',
    execute: async ({ child }) => child(slow),
  });
  const slow = defineRun({
    name: 'slow',
    execute: async ({ step }) =>
      step('work', async () => {
        await sleep(10);
        faulty.arm(1, 'once', hears('events.get'));
        return 'part';
      }),
  });
  await using runtime = await open({
    stores: faulty.stores,
    definitions: [parent, slow],
    onError: () => {},
  });
  const run = await runtime.start(parent);
  await eventually(async () => (await runtime.list({ status: 'completed' })).runs.length === 2);
  expect(await run.result()).toBe('part');
  expect(faulty.struck).toBe(true);
});

it('a run that waits for an answer does not fail because the store failed to show it for a moment', async () => {
  const faulty = faultyStores(memory());
  const asking = defineRun({
    name: 'asking',
    execute: async ({ interrupt, step }) => {
      const [answer] = await Promise.all([
        interrupt({ question: 'Well?' }),
        step('beside', async () => sleep(100)),
      ]);
      return answer;
    },
  });
  await using runtime = await open({
    stores: faulty.stores,
    definitions: [asking],
    onError: () => {},
  });
  faulty.arm(2, 'once', hears('events.read'));
  const run = await runtime.start(asking);
  await eventually(() => faulty.struck);
  faulty.disarm();
  await eventually(async () => (await run.interrupts.list()).length > 0);
  const [open1] = await run.interrupts.list();
  if (open1 !== undefined) await run.interrupts.resolve(open1.id, open1.token, 'well');
  expect(await run.result()).toBe('well');
});

it('a fork whose first checkpoint the store did not take is driven all the same', async () => {
  const faulty = faultyStores(memory());
  const kept = defineRun({
    name: 'kept',
    execute: async ({ checkpoint }) => (await checkpoint()).superStep,
  });
  await using runtime = await open({ stores: faulty.stores, definitions: [kept] });
  const source = await runtime.start(kept);
  await source.result();
  faulty.arm(1, 'once', hears('checkpoints.save'));
  await expect(runtime.fork({ runId: source.id }, { runId: 'fork' })).rejects.toThrow('once');
  expect(await (await runtime.get('fork')).result()).toBe(1);
});

it('a run whose start was stored and not answered is driven by the process that owns it', async () => {
  const shared = memory();
  let lost = 0;
  const stores = wrapStores(shared, async ({ method }, proceed) => {
    const answer = await proceed();
    if (lost > 0 && (method === 'events.append' || method === 'events.read')) {
      lost -= 1;
      throw new Error('the answer was lost');
    }
    return answer;
  });
  await using runtime = await open({ stores, definitions: [part], onError: () => {} });
  lost = 2;
  expect(await codeOf(runtime.start(part, { runId: 'started' }))).toBe('APPEND_FAILED');
  expect(await (await runtime.get('started')).result()).toBe('part');
});

it('branches get on in their order however long the store takes to read an output again', async () => {
  const shared = memory();
  const stop = Promise.withResolvers<void>();
  let attempts = 0;
  const branches = defineRun({
    name: 'branches',
    execute: async ({ step, outputs }) => {
      attempts += 1;
      const results = await Promise.all([
        (async () => {
          await outputs.artifact('first', 1);
          return step('same', () => 'of the output');
        })(),
        (async () => {
          await step('before', () => null);
          return step('same', () => 'of the step');
        })(),
      ]);
      if (attempts === 1) await stop.promise;
      return results;
    },
  });
  await using first = await open({ stores: shared, definitions: [branches], onError: () => {} });
  const run = await first.start(branches);
  const isBegun = async (): Promise<boolean> => {
    const { events } = await shared.events.read(run.id, { limit: 100 });
    return events.filter(({ type }) => type === 'step.completed').length === 3;
  };
  await eventually(isBegun);
  await first.close({ graceMs: 0 });
  stop.resolve();
  const slow = wrapStores(shared, async ({ method }, proceed) => {
    if (method === 'outputs.get') await sleep(30);
    return proceed();
  });
  await using second = await open({ stores: slow, definitions: [branches] });
  expect(await (await second.get(run.id)).result()).toEqual(['of the output', 'of the step']);
});

it('a step whose end was stored, and could not be found out to be, ends once in the log', async () => {
  const shared = memory();
  let lost = 0;
  const stores = wrapStores(shared, async ({ method }, proceed) => {
    const answer = await proceed();
    if (lost > 0 && ['events.append', 'events.read', 'events.get'].includes(method)) {
      lost -= 1;
      throw new Error('the answer was lost');
    }
    return answer;
  });
  const once = defineRun({
    name: 'once',
    execute: async ({ step }) =>
      step('work', () => {
        lost = 3;
        return 'done';
      }),
  });
  await using runtime = await open({ stores, definitions: [once], onError: () => {} });
  const run = await runtime.start(once);
  expect(await run.result()).toBe('done');
  const { events } = await shared.events.read(run.id, { limit: 100 });
  expect(events.filter(({ type }) => type === 'step.completed')).toHaveLength(1);
});
