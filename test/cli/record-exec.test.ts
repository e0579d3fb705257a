import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { execWork } from '../../src/cli/exec/exec-run.ts';
import { recordExec } from '../../src/cli/exec/record-exec.ts';
import { createClient } from '../../src/client/index.ts';
import { createRuntime } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { memory } from '../../src/stores/memory/index.ts';

it('keeps the order of lines over a network that changes the order of requests', async () => {
  await using runtime = await createRuntime({ stores: memory() });
  const server = createServer(runtime);
  let requests = 0;
  const client = createClient('http://localhost', {
    fetch: async (...args) => {
      requests += 1;
      // Every other one overtakes the one before.
      await sleep(requests % 2 === 0 ? 0 : 5);
      return server.fetch(new Request(...args));
    },
  });
  const input = { command: ['seq', '40'], verify: null, timeoutMs: null };
  const hooks = {
    onLine: () => undefined,
    onStatus: () => undefined,
    force: new AbortController().signal,
    place: { cwd: process.cwd(), env: process.env },
  };
  const { run, ended } = await recordExec(client, { input }, execWork(input, hooks));
  await ended;
  expect(await run.result()).toEqual({ exitCode: 0, signal: null, lines: 40 });
  const kept = (await run.outputs.list()).flatMap(({ event }) =>
    event.type === 'partial' && event.chunk.kind === 'inline' ? [event.chunk.value] : [],
  );
  expect(kept).toEqual(Array.from({ length: 40 }, (_, i) => String(i + 1)));
  await client.close();
});
