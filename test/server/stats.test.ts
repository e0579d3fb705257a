import { expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { defineRun } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import { served } from '../support/server/served.ts';

const hanging = defineRun({
  name: 'hanging',
  execute: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});

test('a client is told what the runtime of the server does', async () => {
  await using place = await served({});
  await using client = createClient(place.url);
  await client.open();
  const { nowMs, ...here } = await place.runtime.stats();
  const { nowMs: thenMs, ...there } = await client.stats();
  expect(there).toEqual({
    ...here,
    statusSinceMs: there.statusSinceMs,
    createdAtMs: there.createdAtMs,
  });
  expect(Math.abs(there.statusSinceMs - here.statusSinceMs)).toBeLessThan(5);
  expect(thenMs).toBeGreaterThanOrEqual(nowMs);
});

test('whoever may not see a run is told of it by counts alone', async () => {
  const runtime = await open({ definitions: [hanging] });
  for (const sessionId of ['mine', 'mine', 'theirs', 'theirs']) {
    await runtime.start(hanging, { sessionId, runId: `${sessionId}_${crypto.randomUUID()}` });
  }
  await eventually(async () => (await runtime.stats()).driven.count === 2);
  const server = createServer(runtime, {
    authorize: ({ action, run }) => action === 'stats' || run?.sessionId === 'mine',
  });
  const response = await server.fetch(new Request('http://localhost/v1/stats'));
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).not.toContain('theirs');
  expect(JSON.parse(text)).toMatchObject({
    driven: { count: 2, runs: [{ attempt: 1 }] },
    dispatch: { driven: 2, queued: 2, sessions: 2, lanes: [{ sessionId: 'mine', queued: 1 }] },
  });
  await runtime.close({ graceMs: 10 });
});
