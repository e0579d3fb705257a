import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { defineRun, RunchartError } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { faultyStores, heldStores, wrapStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import { codeOf, messagesOf, post, served } from '../support/server/served.ts';

const EVENT = { event: { type: 'text.delta', text: 'x' } };

describe('a store that fails', () => {
  test('is told of as 503 to try again after, without what it said, and nothing that was answered is lost', async () => {
    const faulty = faultyStores(memory());
    const faults: unknown[] = [];
    await using place = await served(
      { onError: (error) => faults.push(error) },
      { stores: faulty.stores, onError: () => {} },
    );
    await place.runtime.open({ runId: 'r' });
    const url = `${place.url}/v1/runs/r/events`;
    const acknowledged: number[] = [];
    for (let i = 0; i < 40; i += 1) {
      if (i % 4 === 0)
        faulty.arm(
          1,
          i % 8 === 0 ? 'once' : 'answer-lost',
          ({ method }) => method === 'events.append',
        );
      const response = await post(url, EVENT, { 'idempotency-key': `key-${i}` });
      const text = await response.text();
      if (response.ok) acknowledged.push((JSON.parse(text) as { seq: number }).seq);
      else {
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
        expect(text).toContain('"retryable":true');
        expect(text).not.toMatch(/Injected|events\.append|call 1|stack|\.ts/);
        const again = await post(url, EVENT, { 'idempotency-key': `key-${i}` });
        expect(again.status).toBe(201);
        acknowledged.push(((await again.json()) as { seq: number }).seq);
      }
    }
    expect(acknowledged).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
    expect((await (await place.runtime.get('r')).snapshot()).eventCount).toBe(41);
    expect(faults.length).toBeGreaterThan(0);
  });

  test('says no path and has no stack in any problem, whatever it throws', async () => {
    for (const [error, status, code] of [
      [
        new RunchartError('STORE_FAILED', 'disk I/O error at /var/secret/runs.db'),
        503,
        'STORE_FAILED',
      ],
      [new RunchartError('STORE_FULL', 'no space in /var/secret'), 507, 'STORE_FULL'],
      [new RunchartError('STORE_CORRUPT', 'page 7 of /var/secret'), 500, 'STORE_CORRUPT'],
      [new Error('ENOENT /var/secret'), 500, 'SERVER_FAILED'],
      ['a text /var/secret', 500, 'SERVER_FAILED'],
    ] as const) {
      let isBroken = false;
      const stores = wrapStores(memory(), async ({ method }, proceed) => {
        // oxlint-disable-next-line typescript/only-throw-error -- a store may throw anything
        if (isBroken && method !== 'close') throw error;
        return proceed();
      });
      const faults: unknown[] = [];
      const runtime = await open({ stores, onError: () => {} });
      await runtime.open({ runId: 'r' });
      const server = createServer(runtime, { onError: (fault) => faults.push(fault) });
      isBroken = true;
      for (const path of [
        '/v1/runs',
        '/v1/runs/r',
        '/v1/runs/r/events',
        '/v1/outputs/x',
        '/v1/doctor',
        '/v1/runs/r/verify',
      ]) {
        const response = await server.fetch(new Request(`http://localhost${path}`));
        const text = await response.text();
        expect([path, response.status]).toEqual([path, status]);
        expect(JSON.parse(text)).toMatchObject({ code, status });
        expect(text).not.toMatch(/secret|\.ts|at /);
      }
      expect(faults.length).toBe(6);
      const ready = await server.fetch(new Request('http://localhost/ready'));
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'failing' }]);
      expect((await server.fetch(new Request('http://localhost/health'))).status).toBe(200);
      isBroken = false;
      await runtime.close({ graceMs: 0 });
    }
  });
});

describe('limits', () => {
  test('a request that takes too long, and one too many, are told so; a repeat finds out what came of it', async () => {
    const held = heldStores(memory());
    await using place = await served(
      { limits: { requestMs: 200, requests: 2 } },
      { stores: held.stores },
    );
    await place.runtime.open({ runId: 'r' });
    const url = `${place.url}/v1/runs/r/events`;
    held.hold();
    const key = { 'idempotency-key': 'slow' };
    const slow = [post(url, EVENT, key), post(url, EVENT)];
    await held.held();
    await sleep(50);
    const busy = await post(url, EVENT);
    expect([busy.status, busy.headers.get('retry-after'), await codeOf(busy)]).toEqual([
      503,
      '1',
      'SERVER_BUSY',
    ]);
    for (const response of await Promise.all(slow)) {
      const problem = (await response.json()) as { code: string; detail: string };
      expect([response.status, problem.code]).toEqual([503, 'REQUEST_TIMEOUT']);
      expect(problem.detail).toContain('Idempotency-Key');
    }
    held.release();
    const repeat = await post(url, EVENT, key);
    expect(repeat.status).toBe(201);
    expect((await (await place.runtime.get('r')).snapshot()).eventCount).toBe(3);
  });
});

describe('a server that goes down', () => {
  test('refuses new work, lets running work end, and ends its streams with a reason', async () => {
    const gate = Promise.withResolvers<string>();
    const work = defineRun({ name: 'work', execute: () => gate.promise });
    await using place = await served({}, { definitions: [work] });
    const started = await post(`${place.url}/v1/runs`, { definition: 'work', runId: 'w' });
    expect(started.status).toBe(201);
    const stream = await fetch(`${place.url}/v1/changes`);
    const messages = (async () => {
      const all: unknown[] = [];
      for await (const message of messagesOf(stream.body)) all.push(message);
      return all;
    })();
    const closing = place.server.close();
    await eventually(async () => (await fetch(`${place.url}/ready`)).status === 503);
    for (const [path, body] of [
      ['/v1/runs', { definition: 'work' }],
      ['/v1/runs/open', {}],
      ['/v1/runs/w/fork', {}],
    ] as const) {
      const refused = await post(`${place.url}${path}`, body);
      expect([refused.status, refused.headers.get('retry-after'), await codeOf(refused)]).toEqual([
        503,
        '1',
        'SERVER_DRAINING',
      ]);
    }
    expect((await fetch(`${place.url}/v1/runs/w`)).status).toBe(200);
    gate.resolve('done');
    await closing;
    expect(await (await place.runtime.get('w')).status()).toBe('completed');
    expect((await messages).at(-1)).toMatchObject({
      event: 'closing',
      data: { reason: 'shutdown' },
    });
    await expect(fetch(`${place.url}/health`)).rejects.toThrow();
    await place.server.close();
  });

  test('does not wait longer than it was told for work that does not end', async () => {
    const work = defineRun({
      name: 'endless',
      execute: ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    });
    const place = await served({}, { definitions: [work], onError: () => {} });
    await post(`${place.url}/v1/runs`, { definition: 'endless' });
    const start = performance.now();
    await place.server.close({ graceMs: 50 });
    expect(performance.now() - start).toBeLessThan(5_000);
    await place.runtime.close({ graceMs: 0 });
  });
});
