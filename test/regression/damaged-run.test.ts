import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { defineRun, isRunchartError } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { open, temporaryFolder } from '../support/runtime/helpers.ts';

it('a run that is damaged keeps neither the runtime from opening nor the others from going on', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'runs.db');
  const stores = () => sqlite(path, { writer: 'inline' });
  const sleeper = defineRun({
    name: 'sleeper',
    execute: async ({ sleepUntil }) => {
      await sleepUntil(Date.now() + 300);
      return 'awake';
    },
  });
  const ids: string[] = [];
  {
    await using runtime = await open({ stores: stores(), definitions: [sleeper] });
    for (let n = 0; n < 3; n += 1) ids.push((await runtime.start(sleeper)).id);
  }
  const db = new DatabaseSync(path);
  db.prepare('UPDATE runs SET snapshot = ? WHERE run_id = ?').run('no JSON', String(ids[0]));
  db.close();
  const told: unknown[] = [];
  await using runtime = await open({
    stores: stores(),
    definitions: [sleeper],
    onError: (error) => told.push(error),
  });
  const others = await Promise.all(ids.slice(1).map((id) => runtime.get(id)));
  expect(await Promise.all(others.map((run) => run.result()))).toEqual(['awake', 'awake']);
  expect(told.map((error) => isRunchartError(error) && error.code)).toEqual(['STORE_CORRUPT']);
});
