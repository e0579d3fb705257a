import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { appendList, defineRun, lastWriteWins, type Run } from '../../src/index.ts';
import { codeOf, open } from '../support/runtime/helpers.ts';

const letter = defineRun({
  name: 'letter',
  input: z.string(),
  state: { lines: appendList(), tone: lastWriteWins() },
  plan: ({ input }) => ({ words: input.length }),
  execute: async ({ input, plan, state }) => {
    expectTypeOf(input).toEqualTypeOf<string>();
    expectTypeOf(plan).toEqualTypeOf<{ words: number }>();
    await state.update({ lines: input, tone: 'warm' });
    return state.get('lines');
  },
});

it('an input that a definition needs is needed by the compiler too', async () => {
  await using runtime = await open({ definitions: [letter] });
  // @ts-expect-error -- without an input
  expect(await codeOf(runtime.start(letter))).toBe('INPUT_INVALID');
  // @ts-expect-error -- without an input, again
  expect(await codeOf(runtime.start(letter, {}))).toBe('INPUT_INVALID');
  // @ts-expect-error -- with another one
  expect(await codeOf(runtime.start(letter, { input: 1 }))).toBe('INPUT_INVALID');
  const run = await runtime.start(letter, { input: 'Dear Sir' });
  expect(await run.result()).toEqual(['Dear Sir']);
});

it('so is that of a child, and what is not declared is no channel', async () => {
  const parent = defineRun({
    name: 'parent',
    state: { known: lastWriteWins() },
    execute: async ({ child, state }) => {
      // @ts-expect-error -- without an input
      expect(await codeOf(child(letter))).toBe('INPUT_INVALID');
      // @ts-expect-error -- no such channel
      expect(() => state.get('unknown')).toThrow('no channel "unknown"');
      // @ts-expect-error -- no such channel
      expect(await codeOf(state.update({ unknown: 1 }))).toBe('CHANNEL_UNKNOWN');
      await state.update({ known: await child(letter, 'Dear Madam') });
      return state.get('known');
    },
  });
  await using runtime = await open({ definitions: [letter, parent] });
  const run = await runtime.start(parent);
  expectTypeOf(run).toExtend<Run<unknown>>();
  expect(await run.result()).toEqual(['Dear Madam']);
});

it('a definition that needs no input is started without', async () => {
  const tick = defineRun({ name: 'tick', execute: () => 'tock' });
  await using runtime = await open({ definitions: [tick] });
  const run = await runtime.start(tick);
  expectTypeOf(await run.result()).toEqualTypeOf<string>();
});
