import { describe, expect, test } from 'vitest';
import { createServer, type ServerOptions } from '../../src/server/index.ts';
import { ROUTES } from '../../src/server/routes/index.ts';
import type { Runtime } from '../../src/index.ts';
import { open } from '../support/runtime/helpers.ts';
import { codeOf, messagesOf, rawConnection, served } from '../support/server/served.ts';
import { busyRuntime, requestFor } from '../support/server/busy-runtime.ts';

const TOKEN = 'a-token-that-nobody-guesses';

async function ask(
  runtime: Runtime,
  options: ServerOptions,
  headers: Readonly<Record<string, string>>,
  { url = 'http://localhost/v1/runs', method = 'GET' } = {},
): Promise<Response> {
  return createServer(runtime, options).fetch(new Request(url, { method, headers }));
}

describe('where a request comes from', () => {
  test('is looked at: its name, and the page that sends it', async () => {
    await using runtime = await open();
    const refused = async (
      headers: Readonly<Record<string, string>>,
      url?: string,
      options: ServerOptions = {},
    ): Promise<string> => codeOf(ask(runtime, options, headers, url === undefined ? {} : { url }));
    expect(await refused({}, 'http://evil.example.com/v1/runs')).toBe('HOST_REFUSED');
    expect(await refused({}, 'http://localhost.evil.example.com/v1/runs')).toBe('HOST_REFUSED');
    expect(await refused({}, 'http://evil.example.com/health')).toBe('HOST_REFUSED');
    expect(await refused({}, 'http://a.com/', { hosts: ['b.com'], token: TOKEN })).toBe(
      'HOST_REFUSED',
    );
    for (const origin of [
      'null',
      'http://evil.example.com',
      'http://localhost:3000',
      'http://localhost.evil.com',
      'nonsense',
      '',
    ]) {
      expect(await refused({ origin }), origin).toBe('ORIGIN_REFUSED');
    }
    expect((await ask(runtime, {}, { origin: 'http://localhost' })).status).toBe(200);
    expect((await ask(runtime, {}, {}, { url: 'http://[::1]:80/v1/runs' })).status).toBe(200);
  });

  test('may be a page of an origin that is named, also for asking beforehand, and of no other', async () => {
    await using runtime = await open();
    const options = { origins: ['https://app.example.com'] };
    const origin = 'https://app.example.com';
    const before = await ask(runtime, options, { origin }, { method: 'OPTIONS' });
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe(origin);
    expect(before.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const answer = await ask(runtime, options, { origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toContain('origin');
    const other = { origin: 'https://app.example.com.evil.com' };
    for (const method of ['OPTIONS', 'GET']) {
      const refused = await ask(runtime, options, other, { method });
      expect(refused.status).toBe(403);
      expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('the token', () => {
  test('is asked for everywhere but by the probes, and is in no answer and no error', async () => {
    const faults: unknown[] = [];
    await using place = await served({ token: TOKEN, onError: (error) => faults.push(error) });
    const texts: string[] = [];
    const statusOf = async (authorization: string | undefined, path: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${place.url}${path}`, { headers });
      texts.push(JSON.stringify([...response.headers]), await response.text());
      return response.status;
    };
    for (const path of ['/v1/runs', '/openapi.json', '/v1/changes', '/v1/doctor']) {
      for (const given of [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        `Bearer ${TOKEN}x`,
        TOKEN,
        `Basic ${TOKEN}`,
        'Bearer ä',
      ]) {
        expect(await statusOf(given, path), `${given} ${path}`).toBe(401);
      }
    }
    expect(await statusOf(`bearer ${TOKEN}`, '/v1/runs')).toBe(200);
    expect(await statusOf(`Bearer ${TOKEN}`, '/v1/runs?nothing=1')).toBe(400);
    expect(await statusOf(`Bearer ${TOKEN}`, '/openapi.json')).toBe(200);
    for (const path of ['/health', '/ready']) expect(await statusOf(undefined, path)).toBe(200);
    const connection = await rawConnection(place.port);
    await connection.send(
      `GET /v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nbroken\r\n\r\n`,
    );
    await connection.closed;
    texts.push(connection.received());
    expect(texts.join('\n')).not.toContain(TOKEN);
    expect(faults).toEqual([]);
  });

  test('that cannot be sent is refused when the server is made', async () => {
    await using runtime = await open();
    for (const token of ['', 'two words', 'ä', 'line\n']) {
      expect(() => createServer(runtime, { token })).toThrow(
        expect.objectContaining({ code: 'INPUT_INVALID' }),
      );
    }
    expect(() => createServer(runtime, { basePath: '/runchart/' })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });
});

describe('authorize', () => {
  test('is asked for every operation, and where it says no, or fails, nothing is done', async () => {
    await using busy = await busyRuntime();
    const before = await busy.state();
    for (const authorize of [
      () => false,
      () => Promise.resolve(false),
      () => {
        throw new Error('broken');
      },
    ]) {
      const server = createServer(busy.runtime, { authorize, onError: () => {} });
      for (const route of ROUTES) {
        const request = requestFor(route, busy);
        const response = await server.fetch(request);
        expect([route.name, response.status, await codeOf(response)]).toEqual([
          route.name,
          403,
          'FORBIDDEN',
        ]);
      }
    }
    expect(await busy.state()).toEqual(before);
  });

  test('is asked by the name of each operation, with the run', async () => {
    await using busy = await busyRuntime();
    const asked = new Map<string, string | undefined>();
    const server = createServer(busy.runtime, {
      authorize: ({ action, run }) => {
        if (!asked.has(action)) asked.set(action, run?.runId);
        return false;
      },
    });
    for (const route of ROUTES) await (await server.fetch(requestFor(route, busy))).body?.cancel();
    expect(new Set(asked.keys())).toEqual(new Set(ROUTES.map(({ name }) => name)));
    for (const { name, path } of ROUTES) {
      const isOfOne = path.includes('{runId}') || path.includes('{outputId}');
      expect([name, asked.get(name)]).toEqual([name, isOfOne ? busy.runId : undefined]);
    }
  });

  test('lets nobody count runs who may not: it is asked without a run, as counts are of all of them', async () => {
    await using runtime = await open();
    await runtime.open({ runId: 'mine' });
    const asked: unknown[] = [];
    const server = createServer(runtime, {
      authorize: ({ action, run, request }) => {
        asked.push([action, run]);
        return action !== 'countRuns' || request.headers.has('x-operator');
      },
    });
    const ask = (headers: Record<string, string>) =>
      server.fetch(new Request('http://localhost/v1/counts', { headers }));
    expect((await ask({})).status).toBe(403);
    expect(await (await ask({ 'x-operator': 'yes' })).json()).toMatchObject({ created: 1 });
    expect(asked).toEqual([
      ['countRuns', undefined],
      ['countRuns', undefined],
    ]);
  });

  test('filters lists, changes and reports', async () => {
    const runtime = await open();
    const server = createServer(runtime, {
      authorize: ({ action, run }) => action !== 'getRun' || run?.runId.startsWith('mine') === true,
    });
    const get = (path: string): Promise<Response> =>
      server.fetch(new Request(`http://localhost${path}`));
    const changes = messagesOf((await get('/v1/changes')).body);
    await changes.next();
    for (let i = 0; i < 30; i += 1) {
      const run = await runtime.open({ runId: `${i % 3 === 0 ? 'mine' : 'other'}_${i}` });
      if (i === 1) await run.complete();
    }
    const told: string[] = [];
    for (let i = 0; i < 10; i += 1) told.push(JSON.stringify((await changes.next()).value));
    await changes.return();
    expect(told.join()).not.toContain('other');
    const listed = (await (await get('/v1/runs?limit=1000')).json()) as { runs: unknown[] };
    expect(listed.runs.length).toBe(10);
    expect(JSON.stringify(listed)).not.toContain('other');
    expect((await get('/v1/runs/other_1')).status).toBe(403);
    await server.close({ graceMs: 0 });
    await runtime.close();
  });
});
