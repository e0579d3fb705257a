import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createRuntime, defineRun } from '../../src/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { memoryPlace } from '../support/runtime/helpers.ts';

it('a runtime opens though others write all the time, and its looks for runs take longer than they pause', async () => {
  using place = memoryPlace();
  await using writer = await createRuntime({ stores: place.stores() });
  const run = await writer.open();
  const stop = new AbortController();
  const writing = (async () => {
    while (!stop.signal.aborted) {
      await run.record({ type: 'note' });
      await sleep(5);
    }
  })();
  const slow = wrapStores(place.stores(), async ({ method }, proceed) => {
    if (method === 'events.due') await sleep(60);
    return proceed();
  });
  const definitions = [defineRun({ name: 'job', execute: () => {} })];
  const opening = createRuntime({ stores: slow, definitions }).then(async (runtime) => {
    await runtime.close();
    return 'opened';
  });
  const first = await Promise.race([opening, sleep(5_000, 'still opening')]);
  stop.abort();
  await writing;
  await opening;
  expect(first).toBe('opened');
});
