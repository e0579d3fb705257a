import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { eventually, open, temporaryFolder } from '../support/runtime/helpers.ts';

it('closing tells of no fault when a run was taken over and nobody here had heard of it yet', async () => {
  using folder = temporaryFolder();
  // The first runtime looks for news of others so seldom that it closes before it hears any.
  const stores = () =>
    sqlite(join(folder.path, 'runs.db'), { writer: 'inline', watchIntervalMs: 60_000 });
  const job = defineRun({
    name: 'job',
    execute: ({ signal }) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const faults: unknown[] = [];
  const onError = (error: unknown): void => void faults.push(error);
  const first = await open({ stores: stores(), definitions: [job], onError });
  const run = await first.start(job);
  await eventually(async () => (await run.status()) === 'executing');
  await using second = await open({ stores: stores() });
  const claimed = await second.claim(run.id);
  await first.close();
  expect(faults.map(String)).toEqual([]);
  // The run is that of the one who took it.
  expect(await claimed?.record({ type: 'turn.started' })).toMatchObject({ epoch: 2 });
});
