import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { describe, expect, test } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import type { Envelope, Run } from '../../src/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import {
  codeOf,
  type Message,
  messagesOf,
  rawConnection,
  served,
} from '../support/server/served.ts';

const STREAM = { headers: { accept: 'text/event-stream' } };

/** Records until told to stop, then ends the run. */
async function keepRecording(run: Run, isEnough: () => boolean): Promise<number> {
  let count = 1;
  for (; !isEnough(); count += 1) {
    await run.record({ type: 'text.delta', text: 'ä€😀\n'.repeat(count % 5) });
    if (count % 3 === 0) await sleep(1);
  }
  await run.complete();
  return count + 1;
}

function withoutRepeats(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

async function allOf(messages: AsyncIterable<Message>): Promise<Message[]> {
  const all: Message[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

function upTo(count: number): string[] {
  return [...Array.from({ length: count }, (_, i) => String(i + 1)), `${count}-end`];
}

describe('the events of a run', () => {
  test('reach an EventSource once each, through 50 lost connections, and it stops for good at the end', async () => {
    await using place = await served();
    const run = await place.runtime.open({ runId: 'lost' });
    const ids: string[] = [];
    const statuses: number[] = [];
    let cuts = 0;
    let isCut = false;
    let cut = (): void => {};
    const source = new EventSource(`${place.url}/v1/runs/lost/events`, {
      fetch: async (url, init) => {
        const abort = new AbortController();
        cut = () => abort.abort(new Error('cut'));
        isCut = false;
        const signal = AbortSignal.any([init.signal as AbortSignal, abort.signal]);
        const response = await fetch(url, { ...init, signal });
        statuses.push(response.status);
        // The time to wait before it connects again is the server's; here nobody has that long.
        const body = response.body
          ?.pipeThrough(new TextDecoderStream())
          .pipeThrough(
            new TransformStream<string, string>({
              transform: (text, out) => out.enqueue(text.replace('retry: 1000', 'retry: 1')),
            }),
          )
          .pipeThrough(new TextEncoderStream());
        return {
          body: body ?? null,
          url: response.url,
          status: response.status,
          redirected: false,
          headers: response.headers,
        };
      },
    });
    const hear = ({ lastEventId }: MessageEvent): void => {
      ids.push(lastEventId);
      if (cuts < 50 && !isCut && ids.length % 4 === 0) {
        cuts += 1;
        isCut = true;
        cut();
      }
    };
    source.addEventListener('message', hear);
    source.addEventListener('end', hear);
    const count = await keepRecording(run, () => cuts >= 50);
    await eventually(() => source.readyState === EventSource.CLOSED);
    expect(withoutRepeats(ids)).toEqual(upTo(count));
    expect(statuses.at(-1)).toBe(204);
    expect(statuses.length).toBeGreaterThan(50);
  });

  test('reach curl once each, started again with the last id', async (context) => {
    const hasCurl = ((): boolean => {
      try {
        return execFileSync('curl', ['--version']).length > 0;
      } catch {
        return false;
      }
    })();
    if (!hasCurl) {
      console.log('curl is not on this machine: its test says nothing');
      return context.expect(hasCurl).toBe(false);
    }
    await using place = await served();
    const run = await place.runtime.open({ runId: 'curled' });
    const ids: string[] = [];
    let restarts = 0;
    const recorded = keepRecording(run, () => restarts >= 8);
    while (!(ids.at(-1) ?? '').endsWith('-end')) {
      const last = ids.at(-1);
      const resume = last === undefined ? [] : ['-H', `Last-Event-ID: ${last}`];
      const url = `${place.url}/v1/runs/curled/events`;
      const curl = spawn('curl', ['-sN', '-H', 'Accept: text/event-stream', ...resume, url]);
      let heard = 0;
      for await (const { id } of messagesOf(curl.stdout)) {
        if (id !== undefined) ids.push(id);
        heard += 1;
        if (heard === 5 && restarts < 8) {
          restarts += 1;
          curl.kill();
          break;
        }
      }
    }
    expect(withoutRepeats(ids)).toEqual(upTo(await recorded));
  });

  test('begin to come at once, with the time after which to connect again, and signs of life', async () => {
    await using place = await served({ limits: { heartbeatMs: 20 } });
    await place.runtime.open({ runId: 'quiet' });
    const connection = await rawConnection(place.port);
    await connection.send(
      'GET /v1/runs/quiet/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n',
    );
    await eventually(() => connection.received().split(':\n\n').length > 3);
    const text = connection.received();
    expect(text).toMatch(/^HTTP\/1.1 200 /);
    expect(text.indexOf('retry: 1000')).toBeLessThan(text.indexOf('id: 1\n'));
    expect(text).toContain('cache-control: no-store');
    connection.destroy();
  });

  test('end with a reason when the server closes, and when the runtime does', async () => {
    for (const who of ['server', 'runtime'] as const) {
      await using place = await served();
      await place.runtime.open({ runId: 'going' });
      const run = await fetch(`${place.url}/v1/runs/going/events`, STREAM);
      const changes = await fetch(`${place.url}/v1/changes`, STREAM);
      const all = [run, changes].map((response) => allOf(messagesOf(response.body)));
      await sleep(20);
      await place[who].close({ graceMs: 0 });
      for (const messages of await Promise.all(all)) {
        expect(messages.at(-1)).toMatchObject({ event: 'closing', data: { reason: 'shutdown' } });
      }
    }
  });
});

describe('the changes of all runs', () => {
  test('begin with missed, and tell each run that changes', async () => {
    await using place = await served();
    const response = await fetch(`${place.url}/v1/changes`, STREAM);
    const messages = messagesOf(response.body);
    const next = async (): Promise<Message> => (await messages.next()).value as Message;
    expect(await next()).toMatchObject({ event: 'missed' });
    const run = await place.runtime.open({ runId: 'seen' });
    expect(await next()).toMatchObject({
      event: 'changed',
      data: { run: { snapshot: { runId: 'seen', status: 'created' } } },
    });
    await run.complete();
    expect(await next()).toMatchObject({ data: { run: { snapshot: { status: 'completed' } } } });
    await messages.return();
  });
});

describe('streams', () => {
  test('are no more than the limit, and one whose client has gone is free within a moment and cancels nothing', async () => {
    await using place = await served({ limits: { streams: 2 } });
    const run = await place.runtime.open({ runId: 'few' });
    const url = `${place.url}/v1/runs/few/events`;
    const abort = new AbortController();
    await fetch(url, { ...STREAM, signal: abort.signal });
    const second = await rawConnection(place.port);
    const head = 'Host: localhost\r\nAccept: text/event-stream\r\n\r\n';
    await second.send(`GET /v1/changes HTTP/1.1\r\n${head}`);
    await eventually(() => second.received().includes('missed'));
    const refused = await fetch(url, STREAM);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await codeOf(refused)).toBe('TOO_MANY_STREAMS');
    abort.abort();
    second.destroy();
    const opened: Response[] = [];
    await eventually(async () => {
      const response = await fetch(url, STREAM);
      if (response.ok) opened.push(response);
      else await response.body?.cancel();
      return opened.length === 2;
    });
    expect(await run.status()).toBe('created');
    await Promise.all(opened.map(async ({ body }) => body?.cancel()));
  });

  test('are not left open by HEAD', async () => {
    await using place = await served({ limits: { streams: 1 } });
    await place.runtime.open({ runId: 'head' });
    const url = `${place.url}/v1/runs/head/events`;
    for (let i = 0; i < 5; i += 1) {
      expect((await fetch(url, { ...STREAM, method: 'HEAD' })).status).toBe(200);
      expect((await fetch(`${place.url}/v1/changes`, { method: 'HEAD' })).status).toBe(200);
    }
    await using cors = await served({
      origins: ['https://app.example.com'],
      limits: { streams: 1 },
    });
    const headers = { origin: 'https://app.example.com' };
    const answer = await fetch(`${cors.url}/v1/changes`, { method: 'HEAD', headers });
    expect(answer.status).toBe(200);
  });

  test('of a client that reads nothing hold nobody up, and are let go', async () => {
    await using place = await served({
      limits: { stalledStreamMs: 300, heartbeatMs: 100, streams: 2 },
    });
    const run = await place.runtime.open({ runId: 'stalled' });
    const stalled = await rawConnection(place.port);
    stalled.pause();
    await stalled.send(
      'GET /v1/runs/stalled/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n',
    );
    const reader = await fetch(`${place.url}/v1/runs/stalled/events`, STREAM);
    const event = { type: 'text.delta', text: 'x'.repeat(4_000) };
    const recording = (async () => {
      for (let i = 0; i < 6; i += 1) {
        await Promise.all(Array.from({ length: 1_000 }, () => run.record(event)));
      }
      await run.complete();
    })();
    let seen = 0;
    for await (const { event: name, data } of messagesOf(reader.body)) {
      if (name === undefined) expect((data as Envelope).seq).toBe((seen += 1));
    }
    await recording;
    expect(seen).toBe(6_002);
    // Its connection was closed: nothing waits in it but what was sent before.
    await eventually(async () => {
      const response = await fetch(`${place.url}/v1/changes`, STREAM);
      const other = await fetch(`${place.url}/v1/changes`, STREAM);
      await Promise.all([response.body?.cancel(), other.body?.cancel()]);
      return response.ok && other.ok;
    });
    expect(stalled.bytes()).toBe(0);
    stalled.destroy();
  });

  test('ten thousand of them idle, the runtime goes on, and their places are free once they are gone', async () => {
    const runtime = await open();
    const server = createServer(runtime);
    const run = await runtime.open({ runId: 'watched' });
    const request = (): Request => new Request('http://localhost/v1/runs/watched/events', STREAM);
    const streams: Response[] = [];
    for (let i = 0; i < 10_000; i += 1) streams.push(await server.fetch(request()));
    expect((await server.fetch(request())).status).toBe(429);
    await run.record({ type: 'heartbeat' });
    await Promise.all(streams.splice(0).map(async ({ body }) => body?.cancel()));
    const again = await server.fetch(request());
    expect(again.status).toBe(200);
    await again.body?.cancel();
    await server.close({ graceMs: 0 });
    await runtime.close();
  });
});
