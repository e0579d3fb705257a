import { expect, it } from 'vitest';
import { createRuntime, defineRun } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { memory } from '../../src/stores/memory/index.ts';

it('authorize decides by what the body says, before anything is started', async () => {
  const work = defineRun({ name: 'work', execute: () => 'done' });
  await using runtime = await createRuntime({ stores: memory(), definitions: [work] });
  const server = createServer(runtime, {
    authorize: ({ body, run }) => run?.sessionId === 'mine' || Object(body).sessionId === 'mine',
  });
  const start = (sessionId: string): Promise<Response> =>
    server.fetch(
      new Request('http://localhost/v1/runs', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ definition: 'work', sessionId }),
      }),
    );
  expect((await start('theirs')).status).toBe(403);
  expect((await runtime.list()).runs).toEqual([]);
  expect((await start('mine')).status).toBe(201);
});
