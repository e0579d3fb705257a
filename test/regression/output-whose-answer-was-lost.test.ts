import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { logOf, memoryPlace, open, typesOf } from '../support/runtime/helpers.ts';

it.each([{}, { idempotencyKey: 'k' }])(
  'an output is given out once when its answer is lost and the store is not well yet when it is asked for: %o',
  async (options) => {
    using place = memoryPlace();
    let lost = 0;
    let refused = 0;
    const stores = wrapStores(place.stores(), async ({ method }, proceed) => {
      if (method === 'outputs.append' && lost === 0) {
        await proceed();
        lost += 1;
        throw new Error('the connection is gone');
      }
      if (method === 'outputs.get' && lost === 1 && refused === 0) {
        refused += 1;
        throw new Error('the server is not back yet');
      }
      return proceed();
    });
    const job = defineRun({
      name: 'job',
      execute: async ({ outputs }) => {
        await outputs.artifact('report', { words: 3 }, options);
        return 'done';
      },
    });
    await using runtime = await open({ stores, definitions: [job] });
    const run = await runtime.start(job);
    expect(await run.result()).toBe('done');
    expect([lost, refused]).toEqual([1, 1]);
    const types = typesOf(await logOf(stores, run.id));
    expect(types.filter((one) => one === 'output.appended')).toHaveLength(1);
    expect(await run.outputs.list()).toHaveLength(1);
  },
);
