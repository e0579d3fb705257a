import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import type { Commit } from '../../src/stores/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { logOf, memoryPlace, open, typesOf } from '../support/runtime/helpers.ts';

it.each(['note', 'log'])(
  'code whose %s the store does not take for a moment has not failed, and it is recorded once',
  async (type) => {
    using place = memoryPlace();
    let failures = 0;
    const stores = wrapStores(place.stores(), ({ method, args }, proceed) => {
      const [commits] = args as [readonly Commit[]];
      const isTold = method === 'events.append' && commits[0]?.events[0]?.type === type;
      if (!isTold || failures === 1) return proceed();
      failures += 1;
      return Promise.reject(new Error('the server is gone'));
    });
    const job = defineRun({
      name: 'job',
      execute: async ({ emit, log }) => {
        if (type === 'log') await log('working');
        else await emit({ type });
        return 'done';
      },
    });
    await using runtime = await open({ stores, definitions: [job] });
    const run = await runtime.start(job);
    expect(await run.result()).toBe('done');
    expect(failures).toBe(1);
    const types = typesOf(await logOf(stores, run.id));
    expect(types.filter((one) => one === type)).toEqual([type]);
  },
);
