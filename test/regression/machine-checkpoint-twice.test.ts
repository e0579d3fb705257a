import { expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { open } from '../support/runtime/helpers.ts';

const definition = defineRun({
  name: 'two steps',
  machine: createMachine({
    initial: 'first',
    states: { first: { always: 'second' }, second: { type: 'final' } },
  }),
});

it('a checkpoint of a machine whose answer was lost is kept once', async () => {
  const inner = memory();
  let lost = 0;
  const stores = wrapStores(inner, async ({ method }, proceed) => {
    const answer = await proceed();
    if (method !== 'checkpoints.save' || lost > 0) return answer;
    lost += 1;
    throw new Error('the answer was lost');
  });
  await using runtime = await open({ stores, definitions: [definition] });
  const run = await runtime.start(definition);
  await run.result();
  expect(lost).toBe(1);
  const kept = await inner.checkpoints.list({ runId: run.id, definition: 'two steps' });
  expect(kept.map(({ superStep, version }) => [superStep, version])).toEqual([[1, 1]]);
});
