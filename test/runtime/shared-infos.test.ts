import { expect, it } from 'vitest';
import { createRuntime, type RunChange } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { wrapStores } from '../../src/testing/index.ts';

/** Reads what a reader is told until a run has so many events. */
async function until(
  changes: AsyncGenerator<RunChange, void, void>,
  eventCount: number,
): Promise<number[]> {
  const seen: number[] = [];
  for await (const change of changes) {
    if (change.kind !== 'changed') continue;
    seen.push(change.run.snapshot.eventCount);
    if (seen.at(-1) === eventCount) return seen;
  }
  return seen;
}

it('ten readers of changes cost few looks more than one, and each is told the last state of every run', async () => {
  const looks = async (readers: number): Promise<number> => {
    let count = 0;
    const stores = memory();
    const counting = wrapStores(stores, ({ method }, call) => {
      if (method === 'events.get') count += 1;
      return call();
    });
    await using runtime = await createRuntime({ stores: counting });
    const run = await runtime.open();
    const told = Array.from({ length: readers }, () => until(runtime.changes({ paceMs: 20 }), 61));
    for (let i = 0; i < 60; i += 1) {
      await run.record({ type: 'heartbeat' });
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const seen of await Promise.all(told)) expect(seen.at(-1)).toBe(61);
    return count;
  };
  const one = await looks(1);
  expect(await looks(10)).toBeLessThan(one * 5);
});
