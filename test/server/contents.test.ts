import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import type { Stores } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { wrapStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import { codeOf, rawConnection, served } from '../support/server/served.ts';

const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const TAG = `"${createHash('sha256').update(TEXT).digest('hex')}"`;

describe('the content of an output', () => {
  test('is given whole and in parts', async () => {
    await using runtime = await open();
    const server = createServer(runtime);
    const run = await runtime.open();
    const { id } = await run.outputs.bytes('letters.txt', Buffer.from(TEXT), {
      mime: 'text/plain',
    });
    const get = (
      headers: Readonly<Record<string, string>> = {},
      method = 'GET',
    ): Promise<Response> =>
      server.fetch(new Request(`http://localhost/v1/outputs/${id}/content`, { headers, method }));
    const whole = await get();
    expect(whole.headers.get('etag')).toBe(TAG);
    expect(whole.headers.get('content-length')).toBe('26');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(await whole.text()).toBe(TEXT);
    for (const [range, text, told] of [
      ['bytes=0-0', 'a', 'bytes 0-0/26'],
      ['bytes=5-9', 'fghij', 'bytes 5-9/26'],
      ['bytes=20-', 'uvwxyz', 'bytes 20-25/26'],
      ['bytes=-3', 'xyz', 'bytes 23-25/26'],
      ['bytes=-999', TEXT, 'bytes 0-25/26'],
      ['bytes=24-999', 'yz', 'bytes 24-25/26'],
    ] as const) {
      const part = await get({ range });
      expect([range, part.status, part.headers.get('content-range')]).toEqual([range, 206, told]);
      expect(await part.text()).toBe(text);
    }
    for (const range of [
      'bytes=9-5',
      'bytes=-',
      'bytes=a-b',
      'lines=1-2',
      'bytes=0-1,4-5',
      'bytes 0-1',
    ]) {
      const answer = await get({ range });
      expect([range, answer.status, await answer.text()]).toEqual([range, 200, TEXT]);
    }
    for (const range of ['bytes=26-', 'bytes=99-100', 'bytes=-0']) {
      const refused = await get({ range });
      expect([range, refused.status, refused.headers.get('content-range')]).toEqual([
        range,
        416,
        'bytes */26',
      ]);
    }
    const head = await get({}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      '26',
      '',
    ]);
    expect((await get({ range: 'bytes=1-2', 'if-range': TAG })).status).toBe(206);
    expect((await get({ range: 'bytes=1-2', 'if-range': '"other"' })).status).toBe(200);
    for (const tag of [TAG, `W/${TAG}`, `"x", ${TAG}`, '*']) {
      const same = await get({ 'if-none-match': tag });
      expect([same.status, await same.text()]).toEqual([304, '']);
    }
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
  });

  test('may be empty, JSON, or none', async () => {
    await using runtime = await open();
    const server = createServer(runtime);
    const { outputs } = await runtime.open();
    const get = (id: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
      server.fetch(new Request(`http://localhost/v1/outputs/${id}/content`, { headers }));
    const empty = await outputs.bytes('empty', new Uint8Array());
    expect(await (await get(empty.id)).text()).toBe('');
    expect((await get(empty.id, { range: 'bytes=0-' })).status).toBe(416);
    const json = await outputs.partial({ a: ['ä'] });
    const answer = await get(json.id, { range: 'bytes=1-3' });
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
      'application/json',
      '"a"',
    ]);
    const progress = await outputs.progress('half');
    expect((await get(progress.id)).status).toBe(422);
  });

  test('is never run as a page, whatever it calls itself', async () => {
    await using runtime = await open();
    const server = createServer(runtime);
    const { outputs } = await runtime.open();
    for (const [name, mime] of [
      ['page.html', 'text/html'],
      ['a\r\nSet-Cookie: x=1', 'text/plain\r\nSet-Cookie: x=1'],
      ['"; filename=evil.exe', 'text/html; charset="\r\n"'],
      ['ä€😀\u2028.svg', 'image/svg+xml'],
      ['image.png', 'image/png+xml'],
      ['x'.repeat(100_000), `text/${'x'.repeat(100_000)}`],
      ['../../etc/passwd', ''],
      ["it's (100%).txt", 'nonsense'],
      ['\uD800', 'text/plain;charset=utf-8'],
    ] as const) {
      const { id } = await outputs.bytes(name, Buffer.from('<script>'), { mime });
      const { headers, status } = await server.fetch(
        new Request(`http://localhost/v1/outputs/${id}/content`),
      );
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('set-cookie')).toBeNull();
      const how = headers.get('content-disposition') ?? '';
      expect(how).toMatch(/^(inline|attachment); filename\*=UTF-8''[\w%.~!*()-]*$/);
      if (!/^text\/plain(;|$)/.test(headers.get('content-type') ?? ''))
        expect(how).toMatch(/^attachment/);
      expect(how.length).toBeLessThan(3_000);
    }
  });

  test('that turns out to be damaged breaks off, and nothing is said in its place', async () => {
    const inner = memory();
    const wrapped = wrapStores(inner, async ({ method }, proceed) => {
      if (method !== 'blobs.read') return proceed();
      return (async function* damaged() {
        yield Buffer.alloc(100_000, 65);
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error('the file /secret/path is damaged');
      })();
    });
    const stores: Stores = wrapped;
    await using place = await served({}, { stores });
    const run = await place.runtime.open();
    const { id } = await run.outputs.bytes('x', Buffer.alloc(200_000, 65));
    const said: unknown[] = [];
    const errorsToConsole = console.error;
    console.error = (...words: unknown[]) => void said.push(words);
    const connection = await rawConnection(place.port);
    await connection.send(`GET /v1/outputs/${id}/content HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await connection.closed;
    console.error = errorsToConsole;
    expect(said).toEqual([]);
    expect(connection.received()).toContain('content-length: 200000');
    expect(connection.received()).not.toMatch(/secret|Error/);
    expect(connection.bytes()).toBeLessThan(150_000);
  });

  test('that nobody takes is let go', async () => {
    let isOpen = false;
    const stores = wrapStores(memory(), async ({ method }, proceed) => {
      if (method !== 'blobs.read') return proceed();
      return (async function* endless() {
        isOpen = true;
        try {
          for (;;) yield Buffer.alloc(100_000, 65);
        } finally {
          isOpen = false;
        }
      })();
    });
    await using place = await served({ limits: { stalledStreamMs: 100 } }, { stores });
    const run = await place.runtime.open();
    const { id } = await run.outputs.bytes('x', Buffer.alloc(100_000));
    const connection = await rawConnection(place.port);
    connection.pause();
    await connection.send(`GET /v1/outputs/${id}/content HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await eventually(() => isOpen);
    await eventually(() => !isOpen);
    connection.destroy();
  });

  test('of more bytes than may be uploaded is refused, and nothing is left of it', async () => {
    await using place = await served({ limits: { contentBytes: 1_000 } });
    await place.runtime.open({ runId: 'up' });
    const url = `${place.url}/v1/runs/up/contents?name=x`;
    const chunks = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.alloc(300)),
    });
    const streamed = await fetch(url, {
      method: 'POST',
      body: chunks,
      duplex: 'half',
    });
    expect([streamed.status, await codeOf(streamed)]).toEqual([413, 'BODY_TOO_LARGE']);
    const told = await fetch(url, { method: 'POST', body: new Uint8Array(1_001) });
    expect(told.status).toBe(413);
    expect((await fetch(url, { method: 'POST', body: new Uint8Array(1_000) })).status).toBe(201);
    expect((await (await place.runtime.get('up')).outputs.list()).length).toBe(1);
  });
});
