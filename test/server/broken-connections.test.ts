import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { eventually } from '../support/runtime/helpers.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';
import { cuttingProxy } from '../support/server/cutting-proxy.ts';
import { served } from '../support/server/served.ts';

/** Short, but longer than a busy machine keeps a sign of life waiting. */
const OUTAGE_MS = 1_000;

describe('over a connection that is cut at random bytes, a client', () => {
  test('is told every event once, in order, to the end, while the run is recorded', async () => {
    const seed = newSeed();
    console.log(`RUNCHART_SEED=${seed}`);
    await using place = await served();
    await using proxy = await cuttingProxy(place.port, randomFrom(seed));
    await using client = createClient(proxy.url, { retries: 100 });
    const run = await place.runtime.open({ runId: 'cut' });
    const recorded = (async () => {
      for (let i = 0; i < 300 || proxy.cuts < 8; i += 1) {
        await run.record({ type: 'text.delta', text: 'ä€😀'.repeat(i % 7) });
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await run.complete();
    })();
    const seqs: number[] = [];
    for await (const { seq } of (await client.get('cut')).events()) seqs.push(seq);
    await recorded;
    const { eventCount } = await run.snapshot();
    expect(seqs).toEqual(Array.from({ length: eventCount }, (_, i) => i + 1));
    expect(proxy.cuts).toBeGreaterThanOrEqual(8);
  });

  test('has each of its commands done once', async () => {
    const seed = newSeed();
    console.log(`RUNCHART_SEED=${seed}`);
    await using place = await served();
    await using proxy = await cuttingProxy(place.port, randomFrom(seed));
    await using client = createClient(proxy.url, { retries: 100 });
    const run = await client.open({ runId: 'told' });
    for (let i = 0; i < 40; i += 1) {
      await run.record({ type: 'text.delta', text: String(i) }, { expectedSeq: i + 1 });
    }
    const bytes = new Uint8Array(3_000).fill(7);
    const output = await run.outputs.bytes('some.bin', bytes);
    proxy.mend();
    const read: Uint8Array[] = [];
    for await (const chunk of await client.outputs.read(output)) read.push(chunk);
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
    expect(await run.complete('done')).toMatchObject({ outcome: 'completed', seq: 43 });
    expect((await run.outputs.list()).length).toBe(1);
    expect(proxy.cuts).toBeGreaterThan(0);
  });

  test('hears of an answer without a body, and of a stream that says nothing for long, without giving up', async () => {
    await using place = await served({ limits: { heartbeatMs: 20 } });
    const run = await place.runtime.open({ runId: 'long' });
    let asked = 0;
    await using client = createClient(place.url, {
      outageMs: OUTAGE_MS,
      fetch: async (url, init) => {
        const isStream = new Headers(init?.headers).get('accept') === 'text/event-stream';
        if (!isStream) return fetch(url, init);
        asked += 1;
        if (asked === 1) return new Response(null, { status: 204 });
        if (asked > 3) return fetch(url, init);
        const response = await fetch(url, init);
        // Open for longer than an outage may be, without any event, and then lost.
        const abort = new AbortController();
        setTimeout(() => abort.abort(new Error('lost')), OUTAGE_MS * 1.5);
        const body = response.body?.pipeThrough(new TransformStream(), { signal: abort.signal });
        return new Response(body ?? null);
      },
    });
    const remote = await client.get('long');
    const events = remote.events({ afterSeq: 1 });
    const next = events.next();
    await eventually(() => asked > 3);
    await run.record({ type: 'heartbeat' });
    expect((await next).value).toMatchObject({ seq: 2 });
    await events.return();
  });
});

describe('a client', () => {
  test('says nothing of its token or of a password in errors', async () => {
    const secret = 'geheim';
    const texts: string[] = [];
    for (const make of [
      () => createClient('http://127.0.0.1:1', { token: `${secret}\n` }),
      () => createClient('http://127.0.0.1:1', { token: `${secret} ${secret}` }),
      () => createClient(`http://me:${secret}@127.0.0.1:1`),
      () => createClient(`${secret}://x`),
    ]) {
      expect(make).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
      try {
        make();
      } catch (error) {
        texts.push(String((error as Error).stack));
      }
    }
    await using client = createClient('http://127.0.0.1:1', { token: secret, retries: 0 });
    await client.list().catch((error: unknown) => texts.push(JSON.stringify(error), String(error)));
    expect(texts.length).toBe(6);
    expect(texts.join('\n').replaceAll(`${secret}://`, '')).not.toContain(secret);
  });
});
