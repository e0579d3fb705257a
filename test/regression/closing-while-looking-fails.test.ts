import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';

const work = defineRun({
  name: 'work',
  execute: ({ signal, attempt }) =>
    attempt > 1
      ? undefined
      : new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
});

it('a runtime that closes while it looks for runs, and the store fails, lets go of its runs', async () => {
  const inner = memory();
  const looking = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  let isFailing = false;
  const stores = wrapStores(inner, async ({ method }, proceed) => {
    if (!isFailing || method !== 'events.due') return proceed();
    looking.resolve();
    await answered.promise;
    throw new Error('the store failed');
  });
  const heard: unknown[] = [];
  const onError = (error: unknown): void => void heard.push(error);
  await using other = await open({ stores: inner });
  const runtime = await open({ stores, definitions: [work], onError });
  const run = await runtime.start(work);
  await eventually(async () => (await run.snapshot()).attempt === 1);
  isFailing = true;
  const before = await other.open();
  // Something was stored by another one: it looks.
  await before.complete();
  await looking.promise;
  const closed = runtime.close();
  answered.resolve();
  await closed;
  for (const error of heard) expect(error).toMatchObject({ message: 'the store failed' });
  expect(heard).not.toEqual([]);
  expect(await other.info(run.id)).toMatchObject({ owner: null });
});
