import { expect, it } from 'vitest';
import { memory } from '../../src/stores/memory/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { open } from '../support/runtime/helpers.ts';

it('a run that is deleted while somebody records on it is not there, and not worth another try', async () => {
  const stores = memory();
  let isTurn = false;
  const meddled = wrapStores(stores, async ({ method }, proceed) => {
    if (!isTurn || method !== 'events.append') return proceed();
    // Somebody else writes first, so this is refused; and it is deleted before the run is read anew.
    isTurn = false;
    await (await second.get(run.id)).record({ type: 'log' });
    const refused = await proceed();
    await stores.forget([run.id]);
    return refused;
  });
  await using first = await open({ stores: meddled });
  await using second = await open({ stores });
  const run = await first.open();
  await run.complete();
  isTurn = true;
  await expect(run.record({ type: 'log' })).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
    retryable: false,
  });
});
