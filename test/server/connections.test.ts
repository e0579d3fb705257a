import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/runtime/helpers.ts';
import { codeOf, post, rawConnection, served } from '../support/server/served.ts';

const HOST = 'Host: localhost\r\n';
const JSON_HEAD = `${HOST}Content-Type: application/json\r\n`;

describe('a client that is slow', () => {
  test('with its headers is answered 408, and others are served meanwhile', async () => {
    await using place = await served({ times: { headersMs: 150 } });
    const slow = await rawConnection(place.port);
    const text = `GET /v1/runs HTTP/1.1\r\n${HOST}X-Padding: ${'x'.repeat(200)}`;
    for (let i = 0; i < text.length && !slow.isClosed(); i += 1) {
      await slow.send(text.charAt(i));
      if (i % 10 === 0) expect((await fetch(`${place.url}/health`)).status).toBe(200);
      await sleep(10);
    }
    await slow.closed;
    expect(slow.received()).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"REQUEST_SLOW"/);
  });

  test('with its body is answered 408, whether it is JSON or an upload, and nothing is done', async () => {
    await using place = await served({ limits: { requestMs: 150, stalledStreamMs: 150 } });
    await place.runtime.open({ runId: 'slow' });
    for (const [path, head] of [
      ['/v1/runs/slow/events', JSON_HEAD],
      ['/v1/runs/slow/contents?name=x', HOST],
    ] as const) {
      const slow = await rawConnection(place.port);
      await slow.send(`POST ${path} HTTP/1.1\r\n${head}Content-Length: 1000\r\n\r\n{"event":`);
      await slow.closed;
      expect(slow.received()).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"REQUEST_SLOW"/);
    }
    const run = await place.runtime.get('slow');
    expect((await run.snapshot()).eventCount).toBe(1);
    expect(await run.outputs.list()).toEqual([]);
  });

  test('with a whole request is cut off at the end of its time, also byte by byte', async () => {
    await using place = await served({ times: { requestMs: 200, headersMs: 200 } });
    const slow = await rawConnection(place.port);
    await slow.send(`POST /v1/runs/open HTTP/1.1\r\n${JSON_HEAD}Content-Length: 1000\r\n\r\n`);
    for (let i = 0; i < 500 && !slow.isClosed(); i += 1) {
      await slow.send(' ');
      await sleep(10);
    }
    await slow.closed;
    expect(slow.received()).toMatch(/408|^$/);
    expect((await place.runtime.list()).runs).toEqual([]);
  });
});

describe('a connection', () => {
  test('that is half closed gets its answer, and a stream on it is given up', async () => {
    await using place = await served({ limits: { streams: 1 } });
    await place.runtime.open({ runId: 'half' });
    const asking = await rawConnection(place.port);
    await asking.send(`GET /v1/runs/half HTTP/1.1\r\n${HOST}\r\n`);
    asking.half();
    await asking.closed;
    expect(asking.received()).toContain('"runId":"half"');
    const following = await rawConnection(place.port);
    await following.send(`GET /v1/changes HTTP/1.1\r\n${HOST}\r\n`);
    await eventually(() => following.received().includes('missed'));
    following.half();
    await eventually(async () => {
      const response = await fetch(`${place.url}/v1/changes`);
      await response.body?.cancel();
      return response.ok;
    });
    following.destroy();
  });

  test('beyond the limit is told so, and nothing that it asks for is done', async () => {
    await using place = await served({ connections: 2 });
    const first = await rawConnection(place.port);
    const second = await rawConnection(place.port);
    await sleep(20);
    const third = await rawConnection(place.port);
    const body = '{"runId":"third"}';
    await third.send(
      `POST /v1/runs/open HTTP/1.1\r\n${JSON_HEAD}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    await third.closed;
    expect(third.received()).toMatch(/^HTTP\/1.1 503 [\s\S]*"code":"SERVER_BUSY"/);
    expect((await place.runtime.list()).runs).toEqual([]);
    first.destroy();
    second.destroy();
    await eventually(async () => (await fetch(`${place.url}/health`)).status === 200);
  });

  test('may be HTTP/1.0, and may ask several things at once', async () => {
    await using place = await served();
    const old = await rawConnection(place.port);
    await old.send(`GET /health HTTP/1.0\r\n${HOST}\r\n`);
    await old.closed;
    expect(old.received()).toMatch(/^HTTP\/1.[01] 200 [\s\S]*\{"status":"ok"\}$/);
    const piped = await rawConnection(place.port);
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
    await piped.send(one('/health') + one('/v1/nothing') + one('/ready'));
    await eventually(() => piped.received().split('HTTP/1.1 ').length === 4);
    const statuses = [...piped.received().matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '404', '200']);
    piped.destroy();
  });

  test('that brings no request, no Host, or too many headers gets a problem', async () => {
    await using place = await served();
    const answerTo = async (text: string): Promise<string> => {
      const connection = await rawConnection(place.port);
      await connection.send(text);
      await eventually(() => connection.received().includes('"code"'));
      connection.destroy();
      return connection.received();
    };
    expect(await answerTo('this is no request\r\n\r\n')).toMatch(/ 400 [\s\S]*REQUEST_INVALID/);
    expect(await answerTo('GET /v1/runs HTTP/1.1\r\n\r\n')).toMatch(/ 400 [\s\S]*REQUEST_INVALID/);
    expect(await answerTo('GET /v1/runs HTTP/1.1\r\nHost: [\r\n\r\n')).toMatch(
      / 400 [\s\S]*REQUEST_INVALID/,
    );
    const flood = Array.from({ length: 5_000 }, (_, i) => `X-${i}: ${i}\r\n`).join('');
    expect(await answerTo(`GET /health HTTP/1.1\r\n${HOST}${flood}\r\n`)).toMatch(
      / 431 [\s\S]*HEADERS_TOO_LARGE/,
    );
    const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n';
    expect(await answerTo(`POST /v1/runs HTTP/1.1\r\n${JSON_HEAD}${both}\r\n`)).toMatch(/ 400 /);
  });
});

describe('a body', () => {
  test('of 1 GiB is refused early, whether it says so or not, and takes no memory', async () => {
    await using place = await served({ limits: { contentBytes: 2_000_000 } });
    await place.runtime.open({ runId: 'big' });
    const length = 1024 ** 3;
    for (const [path, head] of [
      ['/v1/runs/open', JSON_HEAD],
      ['/v1/runs/big/contents?name=x', HOST],
    ] as const) {
      const told = await rawConnection(place.port);
      await told.send(`POST ${path} HTTP/1.1\r\n${head}Content-Length: ${length}\r\n\r\n`);
      await eventually(() => told.received().includes('BODY_TOO_LARGE'));
      expect(told.received()).toMatch(/^HTTP\/1.1 413 /);
      told.destroy();
      const chunked = await rawConnection(place.port);
      const chunk = Buffer.alloc(1024 * 1024, 32);
      const before = process.memoryUsage().rss;
      await chunked.send(`POST ${path} HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`);
      for (let i = 0; i < 1024 && !chunked.isClosed(); i += 1) {
        await sleep(1);
        await chunked.send('100000\r\n');
        await chunked.send(chunk);
        await chunked.send('\r\n');
      }
      await chunked.closed;
      expect(chunked.sent()).toBeLessThan(64 * 1024 ** 2);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
      // Who still sends may lose the answer to the reset of the connection.
      expect(chunked.received()).toMatch(/^$|^HTTP\/1.1 413 [\s\S]*BODY_TOO_LARGE/);
    }
    expect(await (await place.runtime.get('big')).outputs.list()).toEqual([]);
  });

  test('that is compressed, no JSON, or nested too deep is refused', async () => {
    await using place = await served();
    await place.runtime.open({ runId: 'odd' });
    const url = `${place.url}/v1/runs/odd/events`;
    const events = { event: { type: 'text.delta', text: 'x' } };
    const zipped = await post(url, events, { 'content-encoding': 'gzip' });
    expect([zipped.status, await codeOf(zipped)]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
    const upload = await fetch(`${place.url}/v1/runs/odd/contents?name=x`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-encoding': 'br' },
    });
    expect(upload.status).toBe(415);
    const form = await post(url, events, { 'content-type': 'text/plain' });
    expect(form.status).toBe(415);
    for (const body of [
      `{"event":{"type":"x.y","deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
      '{"event":',
      '\uFEFF{}x',
      'null',
      '[]',
      '"text"',
    ]) {
      const headers = { 'content-type': 'application/json' };
      const refused = await fetch(url, { method: 'POST', body, headers });
      expect([refused.status, await codeOf(refused)]).toEqual([400, 'REQUEST_INVALID']);
    }
    expect((await (await place.runtime.get('odd')).snapshot()).eventCount).toBe(1);
  });
});

describe('odd paths', () => {
  test('lead nowhere, or to the run that is meant', async () => {
    await using place = await served();
    for (const runId of ['a/b', 'a%2fb', 'a b', 'ä€😀', 'a?b#c', '%', 'open']) {
      await place.runtime.open({ runId });
      const response = await fetch(`${place.url}/v1/runs/${encodeURIComponent(runId)}`);
      expect(await response.json()).toMatchObject({ snapshot: { runId } });
    }
    for (const path of [
      '/v1/runs/..',
      '/v1/runs/%2e%2e',
      '/v1/runs/../../etc/passwd',
      '/v1/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/v1/runs/%00',
      '/v1/runs/%ff%fe',
      '/v1/runs/%zz',
      '//v1/runs',
      '/v1//runs',
      '/v1/runs/',
      '/v1/outputs/%00/content',
      '/v1/runs/x/checkpoints/1e3',
      '/v1/runs/x/checkpoints/-1',
      `/v1/runs/${'x'.repeat(5_000)}`,
      '/V1/RUNS',
      '*',
    ]) {
      const connection = await rawConnection(place.port);
      await connection.send(`GET ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
      await connection.closed;
      expect(connection.received(), path).toMatch(/^HTTP\/1.1 40[04] [\s\S]*"code":"/);
    }
  });
});
