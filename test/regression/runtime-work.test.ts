import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { faultyStores } from '../../src/testing/index.ts';
import { codeOf, expectSound, memoryPlace, open, settled } from '../support/runtime/helpers.ts';

const MEBIBYTE = 1024 * 1024;

it('a result that is too large fails the run, rather than leaving it for ever', async () => {
  const large = defineRun({ name: 'large', execute: () => 'x'.repeat(2 * MEBIBYTE) });
  await using runtime = await open({ definitions: [large] });
  const run = await runtime.start(large);
  expect(await codeOf(run.result())).toBe('RUN_FAILED');
  expect((await run.snapshot()).error).toMatchObject({ code: 'EVENT_TOO_LARGE' });
});

it('an error with a huge message fails the run, and is cut', async () => {
  const huge = defineRun({
    name: 'huge',
    execute: () => {
      throw new Error('x'.repeat(2 * MEBIBYTE));
    },
  });
  await using runtime = await open({ definitions: [huge] });
  const run = await runtime.start(huge);
  expect(await codeOf(run.result())).toBe('RUN_FAILED');
  expect((await run.snapshot()).error?.message.length).toBeLessThan(MEBIBYTE);
});

it('a step that throws a huge message fails with it, cut', async () => {
  const huge = defineRun({
    name: 'huge',
    execute: ({ step }) =>
      step('big', () => {
        throw Object.assign(new Error('x'.repeat(2 * MEBIBYTE)), { code: 'BIG' });
      }),
  });
  await using runtime = await open({ definitions: [huge] });
  const run = await runtime.start(huge);
  expect(await codeOf(run.result())).toBe('RUN_FAILED');
  expect((await run.snapshot()).error).toMatchObject({ code: 'BIG' });
});

it('an input changed after start() is recorded as it was', async () => {
  let seen: unknown;
  const reads = defineRun<{ list: number[] }>({
    name: 'reads',
    execute: ({ input }) => {
      seen = input;
    },
  });
  await using runtime = await open({ definitions: [reads] });
  const input = { list: [1] };
  const starting = runtime.start(reads, { input });
  input.list.push(2);
  await (await starting).result();
  expect(seen).toEqual({ list: [1] });
});

it('an output changed after the call is stored as it was', async () => {
  await using runtime = await open();
  const run = await runtime.open();
  const value = { list: [1] };
  const giving = run.outputs.artifact('a', value);
  value.list.push(2);
  const { id } = await giving;
  const { event } = await run.outputs.get(id);
  expect(event).toMatchObject({ content: { value: { list: [1] } } });
});

it('[I1] a hook that changes the snapshot it is given changes no run', async () => {
  const stores = memory();
  await using runtime = await open({
    stores,
    hooks: {
      onTerminal: (snapshot) => {
        Object.assign(snapshot, { status: 'created', eventCount: 0 });
      },
    },
  });
  const run = await runtime.open();
  const waits = run.complete(1);
  await settled(1);
  const answers = await Promise.all([waits, run.record({ type: 'log' }), run.fail('no')]);
  expect(answers.map((answer) => ('outcome' in answer ? answer.outcome : answer.late))).toEqual([
    'completed',
    true,
    'already-terminal',
  ]);
  await expectSound(stores, run.id);
});

it('an owner that could not be enlisted once is enlisted the next time', async () => {
  const faulty = faultyStores(memory());
  await using runtime = await open({ stores: faulty.stores });
  faulty.arm(1, 'once', ({ method }) => method === 'events.enlist');
  await expect(runtime.open()).rejects.toThrow('events.enlist');
  expect(await (await runtime.open()).status()).toBe('created');
});

it('a closed runtime says so, also when it never had a run', async () => {
  const runtime = await open();
  await runtime.close();
  expect(await codeOf(runtime.open())).toBe('RUNTIME_CLOSED');
  expect(await codeOf(runtime.claim('run_x'))).toBe('RUNTIME_CLOSED');
  expect(await codeOf(runtime.get('run_x'))).toBe('RUNTIME_CLOSED');
});

it('a closed runtime leaves no owner behind in stores that others use', async () => {
  using place = memoryPlace();
  await using other = await open({ stores: place.stores() });
  await other.list();
  const runtime = await open({ stores: place.stores(), ids: { owner: () => 'own_late' } });
  await runtime.close();
  await codeOf(runtime.open());
  expect(await place.stores().events.isAlive('own_late')).toBe(false);
});

it('[I7] the output of an owner that was fenced is not kept, and closes no attempt', async () => {
  using place = memoryPlace();
  await using first = await open({ stores: place.stores() });
  await using second = await open({ stores: place.stores() });
  const run = await first.open();
  const claimed = await second.claim(run.id);
  expect(await codeOf(run.outputs.final('by the first'))).toBe('OWNER_FENCED');
  expect(await run.outputs.list()).toEqual([]);
  expect(await claimed?.outputs.final('by the second')).toMatchObject({ attempt: 1 });
});

it('a list is no event, also with a type', async () => {
  await using runtime = await open();
  const run = await runtime.open();
  const list = Object.assign([1, 2], { type: 'custom.list' }) as never;
  expect(await codeOf(run.record(list))).toBe('EVENT_INVALID');
});

it('a result that is waited for when the runtime closes rejects with RUNTIME_CLOSED', async () => {
  const runtime = await open();
  const run = await runtime.open();
  const result = codeOf(run.result());
  await settled();
  await runtime.close();
  expect(await result).toBe('RUNTIME_CLOSED');
});

it('a runtime whose stores do not close is closed all the same', async () => {
  const faulty = faultyStores(memory());
  const runtime = await open({ stores: faulty.stores });
  await runtime.open();
  faulty.arm(1, 'once', ({ method }) => method === 'close');
  await expect(runtime.close()).rejects.toThrow('close, call 1');
  expect(await codeOf(runtime.open())).toBe('RUNTIME_CLOSED');
  expect(await codeOf(runtime.list())).toBe('RUNTIME_CLOSED');
});
