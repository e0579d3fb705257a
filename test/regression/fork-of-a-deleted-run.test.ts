import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { codeOf, open, PLACES } from '../support/runtime/helpers.ts';

const keeper = defineRun({
  name: 'keeper',
  execute: async ({ checkpoint }) => void (await checkpoint()),
});

describe.each(PLACES)('on %s', (_, create) => {
  it('a fork whose source is pruned while it is made does not come to be', async () => {
    using place = create();
    const inner = place.stores();
    let prune: (() => Promise<unknown>) | undefined;
    const stores = wrapStores(inner, async ({ method, args }, proceed) => {
      // The fork was planned, and is about to be stored.
      const isFork =
        method === 'events.append' && JSON.stringify(args).includes('"forkedFrom":"run_');
      if (isFork) {
        const now = prune;
        prune = undefined;
        await now?.();
      }
      return proceed();
    });
    await using other = await open({ stores: place.stores(), definitions: [keeper] });
    await using runtime = await open({ stores, definitions: [keeper] });
    const source = await runtime.start(keeper);
    await source.result();
    prune = () => other.prune({ definition: 'keeper' });
    const forking = runtime.fork({ runId: source.id });
    expect(await codeOf(forking)).toBe('RUN_NOT_FOUND');
    await expect(forking).rejects.toThrow(`Run ${source.id} was deleted while it was forked.`);
    expect((await runtime.list()).runs).toEqual([]);
  });
});
