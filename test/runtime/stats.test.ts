import { describe, expect, it } from 'vitest';
import { AppendMeter } from '../../src/actors/append-meter.ts';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { eventually, open, PLACES } from '../support/runtime/helpers.ts';

const hanging = defineRun({
  name: 'hanging',
  execute: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});

describe('what a runtime tells of itself', () => {
  it('is what it drives, what is queued behind it in which session, and how many there may be', async () => {
    const runtime = await open({ definitions: [hanging], concurrency: 2 });
    const ids: string[] = [];
    for (const sessionId of ['a', 'a', 'a', 'b', 'c']) {
      ids.push((await runtime.start('hanging', { sessionId })).id);
    }
    await eventually(async () => (await runtime.stats()).driven.count === 2);
    const { driven, dispatch, status, ownerId, nowMs, createdAtMs } = await runtime.stats();
    expect(status).toBe('running');
    expect(ownerId).toMatch(/^\w+/);
    expect(nowMs).toBeGreaterThanOrEqual(createdAtMs);
    expect(driven.runs.map(({ runId }) => runId)).toEqual([ids[0], ids[3]]);
    expect(dispatch).toEqual({
      concurrency: 2,
      driven: 2,
      queued: 3,
      waiting: 0,
      sessions: 3,
      lanes: [
        { sessionId: 'a', runId: ids[0], state: 'driven', queued: 2, next: [ids[1], ids[2]] },
        { sessionId: 'b', runId: ids[3], state: 'driven', queued: 0, next: [] },
        { sessionId: 'c', runId: ids[4], state: 'ready', queued: 0, next: [] },
      ],
    });
    await runtime.close({ graceMs: 100 });
    expect(await runtime.stats()).toMatchObject({ status: 'closed', driven: { count: 0 } });
  });

  it('names at most 100 of each, and counts them all', async () => {
    const runtime = await open({ definitions: [hanging], concurrency: 1 });
    for (let n = 0; n < 130; n += 1) await runtime.start('hanging', { sessionId: 'one' });
    await eventually(async () => (await runtime.stats()).driven.count === 1);
    const lane = (await runtime.stats()).dispatch?.lanes[0];
    expect(lane).toMatchObject({ queued: 129 });
    expect(lane?.next).toHaveLength(100);
    await runtime.close({ graceMs: 100 });
  });

  it('is a run that waits and keeps its turn in the session it shares', async () => {
    const asking = defineRun({
      name: 'asking',
      execute: ({ interrupt }) => interrupt({ name: 'ok', question: 'go on?' }),
    });
    await using runtime = await open({ definitions: [asking] });
    for (let n = 0; n < 2; n += 1) await runtime.start('asking', { sessionId: 's' });
    await eventually(async () => (await runtime.stats()).dispatch?.waiting === 1);
    const { dispatch } = await runtime.stats();
    expect(dispatch).toMatchObject({ driven: 0, queued: 1, waiting: 1 });
    expect(dispatch?.lanes).toMatchObject([{ state: 'waiting', queued: 1 }]);
  });

  it('is how far the slowest of those who read is behind', async () => {
    await using runtime = await open();
    const run = await runtime.open();
    expect((await runtime.stats()).feed).toEqual({ readers: 0, runs: 0, paging: 0, lagEvents: 0 });
    const reading = run.events()[Symbol.asyncIterator]();
    await reading.next();
    for (let n = 0; n < 5; n += 1) await run.record({ type: 'log' });
    expect((await runtime.stats()).feed).toEqual({ readers: 1, runs: 1, paging: 0, lagEvents: 5 });
    for (let n = 0; n < 5; n += 1) await reading.next();
    expect((await runtime.stats()).feed.lagEvents).toBe(0);
    for (let n = 0; n < 300; n += 1) await run.record({ type: 'log' });
    expect((await runtime.stats()).feed).toMatchObject({ paging: 1, lagEvents: 300 });
    await reading.return?.();
    expect((await runtime.stats()).feed.readers).toBe(0);
  });

  it('counts what was written, exactly', async () => {
    await using runtime = await open();
    expect((await runtime.stats()).appends).toMatchObject({ batches: 0, latency: null });
    const runs = await Promise.all(Array.from({ length: 10 }, () => runtime.open()));
    await Promise.all(runs.map((run) => run.record({ type: 'log' })));
    const { appends } = await runtime.stats();
    expect(appends).toMatchObject({ commits: 20, events: 20, failures: 0, refused: 0 });
    expect(appends.batchSize?.max).toBeGreaterThan(1);
    expect(appends.latency?.count).toBe(appends.batches);
    expect(appends.latency?.p99Ms).toBeLessThanOrEqual(appends.latency?.maxMs ?? 0);
  });
});

it.each(PLACES)('the size of a store is told where it is known: %s', async (name, create) => {
  using place = create();
  await using runtime = await open({ stores: place.stores() });
  await (await runtime.open({ prompt: 'x'.repeat(10_000) })).complete();
  const { store } = await runtime.stats();
  if (name === 'memory') expect(store).toEqual({ location: 'memory', bytes: null });
  else expect(store.bytes).toBeGreaterThan(10_000);
});

it('latency is that of the last half minute to minute', () => {
  let nowMs = 0;
  const meter = new AppendMeter(() => nowMs);
  const one = { commits: 1, events: 1, bytes: 1, stored: 1, repeated: 0, refused: 0 };
  for (let n = 0; n < 99; n += 1) meter.add({ ...one, durationMs: 2 });
  meter.add({ ...one, durationMs: 500 });
  const within = (ms: number) => [ms * 0.98, ms * 1.02] as const;
  const near = (actual: number | undefined, ms: number): void => {
    expect(actual).toBeGreaterThan(within(ms)[0]);
    expect(actual).toBeLessThan(within(ms)[1]);
  };
  near(meter.read().latency?.p50Ms, 2);
  near(meter.read().latency?.p99Ms, 2);
  near(meter.read().latency?.maxMs, 500);
  nowMs = 30_000;
  meter.add({ ...one, durationMs: 4 });
  expect(meter.read().latency?.count).toBe(101);
  nowMs = 60_000;
  near(meter.read().latency?.maxMs, 4);
  meter.add({ ...one, durationMs: 4 });
  nowMs = 1_000_000;
  expect(meter.read().latency).toBe(null);
  expect(meter.read().batches).toBe(102);
});

it('a store that does not say its size is asked for nothing', async () => {
  const { bytes: _, ...stores } = { bytes: undefined, ...memory() };
  await using runtime = await open({ stores });
  expect((await runtime.stats()).store.bytes).toBe(null);
});
