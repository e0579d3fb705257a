import { describe, expect, test } from 'vitest';
import type { Json, RunList } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { ROUTES } from '../../src/server/routes/index.ts';
import { open } from '../support/runtime/helpers.ts';
import { busyRuntime, requestFor } from '../support/server/busy-runtime.ts';
import { codeOf } from '../support/server/served.ts';

const SECRET = 'sesame';

/** Takes the word out of all texts, names of members too. */
function withoutSecret(value: Json): Json {
  return JSON.parse(JSON.stringify(value).replaceAll(SECRET, '...')) as Json;
}

/** Everything of a response that a client sees, of a stream until it says nothing new. */
async function allOf(response: Response): Promise<string> {
  const head = JSON.stringify([...response.headers]);
  if (response.headers.get('content-type') !== 'text/event-stream') {
    return head + (await response.text());
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  for (let i = 0; i < 200; i += 1) {
    const next = await Promise.race([
      reader.read(),
      new Promise<undefined>((resolve) => setTimeout(resolve, 30, undefined)),
    ]);
    if (next === undefined || next.done) break;
    text += Buffer.from(next.value).toString();
  }
  await reader.cancel();
  return head + text;
}

describe('what redact takes out', () => {
  test('is in no answer of any operation, in no stream, and in no problem', async () => {
    await using busy = await busyRuntime(SECRET);
    const server = createServer(busy.runtime, { redact: withoutSecret });
    const texts: string[] = [];
    const see = async (request: Request): Promise<void> => {
      texts.push(await allOf(await server.fetch(request)));
    };
    const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<void> =>
      see(new Request(`http://localhost${path}`, { headers }));
    const sse = { accept: 'text/event-stream' };
    const look = async (): Promise<void> => {
      for (const route of ROUTES) if (route.method === 'GET') await see(requestFor(route, busy));
      await get('/v1/runs/busy/events', sse);
      for (const { id } of await busy.run.outputs.list()) {
        await get(`/v1/outputs/${id}`);
        await get(`/v1/outputs/${id}/content`);
        await get(`/v1/outputs/${id}/content`, { range: 'bytes=0-5' });
        await see(new Request(`http://localhost/v1/outputs/${id}/content`, { method: 'HEAD' }));
      }
    };
    await look();
    for (const route of ROUTES) {
      if (route.method === 'POST' && route.name !== 'pruneRuns') await see(requestFor(route, busy));
    }
    await look();
    const post = (path: string, body: unknown): Promise<void> =>
      see(
        new Request(`http://localhost${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      );
    await get(`/v1/runs/${SECRET}`);
    await get(`/v1/${SECRET}`);
    await get(`/v1/runs?${SECRET}=1`);
    await get(`/v1/runs?cursor=${SECRET}`);
    await post('/v1/runs', { definition: SECRET });
    await post('/v1/runs/busy/events', { event: { type: `run.${SECRET}` } });
    await post('/v1/runs/open', { [SECRET]: 1 });
    await post('/v1/runs/open', { runId: SECRET, prompt: SECRET });
    await get(`/v1/runs/${SECRET}/events`, sse);
    const failed = await busy.runtime.open({ runId: 'failing' });
    await failed.fail(Object.assign(new Error(SECRET), { name: SECRET }));
    await get('/v1/runs/failing');
    await get('/v1/runs/failing/events', sse);
    const changes = await server.fetch(new Request('http://localhost/v1/changes'));
    await busy.runtime.open({ prompt: SECRET });
    texts.push(await allOf(changes));
    expect(texts.length).toBeGreaterThan(90);
    expect(texts.join('\n').match(new RegExp(`.{80}${SECRET}.{20}`, 'g')) ?? []).toEqual([]);
    expect(texts.join('\n')).toContain('...');
    await server.close({ graceMs: 0 });
  });

  test('cannot be found out by looking for it', async () => {
    await using runtime = await open();
    await runtime.open({ runId: 'a', prompt: `it is ${SECRET} here` });
    await (await runtime.open({ runId: 'b' })).complete({ a: SECRET });
    await runtime.open({ runId: 'c', prompt: 'it is not' });
    const server = createServer(runtime, { redact: withoutSecret });
    const found = async (text: string): Promise<string[]> => {
      const response = await server.fetch(new Request(`http://localhost/v1/runs?text=${text}`));
      const { runs } = (await response.json()) as RunList;
      return runs.map(({ snapshot }) => snapshot.runId);
    };
    expect((await runtime.list({ text: SECRET })).runs).toHaveLength(2);
    expect(await found(SECRET)).toEqual([]);
    expect(await found(SECRET.slice(1, -1))).toEqual([]);
    expect(await found('IT+IS')).toEqual(['c', 'a']);
  });

  test('withholds contents that it cannot look into', async () => {
    await using runtime = await open();
    const run = await runtime.open();
    const server = createServer(runtime, { redact: withoutSecret, limits: { bodyBytes: 1_000 } });
    const contentOf = async (bytes: Uint8Array, mime: string): Promise<Response> => {
      const { id } = await run.outputs.bytes('x', bytes, { mime });
      return server.fetch(new Request(`http://localhost/v1/outputs/${id}/content`));
    };
    const utf16 = Buffer.from(SECRET, 'utf16le');
    for (const [bytes, mime] of [
      [Buffer.from(SECRET), 'image/png'],
      [Buffer.from(SECRET), 'text/plain; charset=utf-16le'],
      [utf16, 'text/plain'],
      [utf16, 'text/plain; charset=utf-8'],
      [Buffer.from([0xff, 0xfe, ...utf16]), 'text/csv'],
      [Buffer.from(`"${SECRET}`), 'application/json'],
      [Buffer.alloc(1_001, 65), 'text/plain'],
    ] as const) {
      expect(await codeOf(contentOf(bytes, mime)), mime).toBe('CONTENT_WITHHELD');
    }
    const json = Buffer.from(`{"said":"\\u0073esame"}`);
    for (const mime of ['application/json', 'application/vnd.x+json']) {
      expect(await (await contentOf(json, mime)).text()).toBe('{"said":"..."}');
    }
  });

  test('is not let out when redact itself fails', async () => {
    await using runtime = await open();
    const run = await runtime.open({ runId: 'r', prompt: SECRET });
    const faults: unknown[] = [];
    const server = createServer(runtime, {
      redact: () => {
        throw new Error(SECRET);
      },
      onError: (error) => faults.push(error),
    });
    const get = async (path: string): Promise<string> =>
      allOf(
        await server.fetch(
          new Request(`http://localhost${path}`, { headers: { accept: 'text/event-stream' } }),
        ),
      );
    const { id } = await run.outputs.bytes('x', Buffer.from(SECRET), { mime: 'text/plain' });
    const texts = [
      await get('/v1/runs/r'),
      await get('/v1/runs/r/events'),
      await get(`/v1/outputs/${id}/content`),
      await get('/v1/runs/nobody'),
    ];
    expect(texts.join('\n')).not.toContain(SECRET);
    expect(texts[1]).toContain('"reason":"failed"');
    expect(faults.length).toBeGreaterThan(3);
  });
});
