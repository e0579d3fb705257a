import { describe, expect, it } from 'vitest';
import { defineRun, lastWriteWins } from '../../src/index.ts';
import { codeOf, eventually, open, PLACES } from '../support/runtime/helpers.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { memoryBlobs } from '../../src/stores/memory/memory-blobs.ts';
import { virtualClock } from '../../src/testing/index.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

const work = defineRun<number, undefined, number>({
  name: 'work',
  state: { n: lastWriteWins() },
  execute: async ({ input, step, state, checkpoint, outputs }) => {
    await state.update({ n: input });
    await checkpoint();
    await outputs.artifact('n', input);
    return step('double', () => input * 2);
  },
});

describe.each(PLACES)('on %s', (_, create) => {
  it('what is old and over goes with all that belongs to it; the rest stays', async () => {
    using place = create();
    const clock = virtualClock();
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [work], clock });
    const old = await runtime.start(work, { input: 1 });
    await old.result();
    await clock.advance(40 * DAY);
    const young = await runtime.start(work, { input: 2 });
    await young.result();
    const active = await runtime.open();
    await clock.advance(10 * DAY);
    const plan = await runtime.prune({ olderThanMs: 30 * DAY, dryRun: true });
    expect(plan).toMatchObject({ runs: [old.id], kept: [] });
    expect(await old.status()).toBe('completed');
    expect(await runtime.prune({ olderThanMs: 30 * DAY })).toEqual(plan);
    expect(await codeOf(old.snapshot())).toBe('RUN_NOT_FOUND');
    expect(await stores.outputs.list({ runId: old.id, limit: 9 })).toEqual([]);
    expect(await stores.checkpoints.list({ definition: 'work', runId: old.id })).toEqual([]);
    expect(await young.outputs.list()).toHaveLength(1);
    expect(await runtime.verify(young.id)).toMatchObject({ ok: true });
    // An active run is never pruned, however old it is.
    expect(await runtime.prune({})).toMatchObject({ runs: [young.id] });
    expect(await active.status()).toBe('created');
  });

  it('the newest runs of each session may be kept', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [work] });
    for (const sessionId of ['a', 'b']) {
      for (const input of [1, 2, 3])
        await (await runtime.start(work, { input, sessionId })).result();
    }
    const { runs } = await runtime.prune({ keepPerSession: 2 });
    expect(runs).toHaveLength(2);
    const left = (await runtime.list()).runs.map(({ snapshot }) => snapshot);
    expect(left.map(({ sessionId, result }) => [sessionId, result])).toEqual([
      ['b', 6],
      ['b', 4],
      ['a', 6],
      ['a', 4],
    ]);
  });

  it('what a fork needs stays as long as the fork does, through any number of forks', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [work] });
    const source = await runtime.start(work, { input: 1 });
    await source.result();
    const fork = await runtime.fork({ runId: source.id });
    await fork.result();
    const second = await runtime.fork({ runId: fork.id }, { sessionId: 'kept' });
    await second.result();
    // The last fork is too young to go: what it comes from stays with it.
    const report = await runtime.prune({ keepPerSession: 1, sessionId: source.sessionId });
    expect(report.runs).toEqual([]);
    const all = await runtime.prune({});
    expect(all.runs.toSorted()).toEqual([source.id, fork.id, second.id].toSorted());
    expect((await runtime.list()).runs).toEqual([]);
  });

  it('the head of a finished log may be cut; the run, its end and its proof stay', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [work] });
    const run = await runtime.start(work, { input: 4 });
    await run.result();
    const before = await run.snapshot();
    const { runs } = await runtime.prune({ keepEvents: 3 });
    expect(runs).toEqual([run.id]);
    const page = await stores.events.read(run.id, { limit: 10 });
    expect(page.firstSeq).toBe(before.eventCount - 2);
    expect(page.events.map(({ seq }) => seq)).toEqual(
      [1, 2, 3].map((n) => before.eventCount - 3 + n),
    );
    expect(await run.snapshot()).toEqual(before);
    expect(await runtime.verify(run.id)).toMatchObject({ ok: true });
    expect(await runtime.prune({ keepEvents: 3 })).toMatchObject({ runs: [] });
    // What is cut off cannot be gone on from.
    expect(await codeOf(runtime.fork({ runId: run.id }))).toBe('CHECKPOINT_NOT_FOUND');
    await run.record({ type: 'log', message: 'late' });
    expect(await runtime.verify(run.id)).toMatchObject({ ok: true });
  });

  it('children of a parent that is active stay with it', async () => {
    using place = create();
    const gate = Promise.withResolvers<void>();
    const parent = defineRun<undefined, undefined, number>({
      name: 'parent',
      execute: async ({ child, step }) => {
        const doubled = await child(work, 21);
        await step('wait', () => gate.promise);
        return doubled;
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [work, parent] });
    const run = await runtime.start(parent);
    await eventually(async () => {
      const { runs } = await runtime.list({ parentRunId: run.id });
      return runs[0]?.snapshot.status === 'completed';
    });
    expect((await runtime.prune({})).runs).toEqual([]);
    gate.resolve();
    expect(await run.result()).toBe(42);
    expect((await runtime.prune({})).runs).toHaveLength(2);
  });

  it('a source is kept, and named, as long as a fork of it stays; so it is by a dry run', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [work] });
    const source = await runtime.start(work, { input: 1, sessionId: 'old' });
    await source.result();
    const fork = await runtime.fork({ runId: source.id }, { sessionId: 'new' });
    await fork.result();
    for (const dryRun of [true, false]) {
      const report = await runtime.prune({ sessionId: 'old', dryRun });
      expect(report).toMatchObject({ runs: [], kept: [source.id] });
    }
    expect(await source.status()).toBe('completed');
  });

  it('a parent that is over stays with a child that is active', async () => {
    using place = create();
    const gate = Promise.withResolvers<void>();
    const slow = defineRun({
      name: 'slow',
      execute: ({ step }) => step('wait', () => gate.promise),
    });
    const parent = defineRun({
      name: 'parent',
      execute: ({ child }) => child(slow),
    });
    await using runtime = await open({ stores: place.stores(), definitions: [slow, parent] });
    const run = await runtime.start(parent);
    const children = async () => (await runtime.list({ parentRunId: run.id })).runs;
    await eventually(async () => (await children())[0]?.snapshot.status === 'executing');
    // Somebody else completes it: then its child goes on.
    await (await runtime.claim(run.id))?.complete();
    expect(await runtime.prune({})).toMatchObject({ runs: [], kept: [run.id] });
    gate.resolve();
    await eventually(async () => (await children())[0]?.snapshot.status === 'completed');
    expect((await runtime.prune({})).runs).toHaveLength(2);
  });

  it('the age of a run counts from the last thing that was recorded on it', async () => {
    using place = create();
    const clock = virtualClock();
    await using runtime = await open({ stores: place.stores(), clock });
    const run = await runtime.open();
    await clock.advance(40 * DAY);
    await run.complete();
    await clock.advance(20 * DAY);
    expect(await runtime.prune({ olderThanMs: 30 * DAY })).toMatchObject({ runs: [] });
    await clock.advance(11 * DAY);
    expect(await runtime.prune({ olderThanMs: 30 * DAY })).toMatchObject({ runs: [run.id] });
  });

  it('a log that was cut is cut again, and its proof stays', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [work] });
    const run = await runtime.start(work, { input: 4 });
    await run.result();
    await runtime.prune({ keepEvents: 4 });
    const before = await run.snapshot();
    expect(await runtime.prune({ keepEvents: 1 })).toMatchObject({ runs: [run.id] });
    expect(await stores.events.read(run.id, { limit: 0 })).toMatchObject({
      firstSeq: before.eventCount,
    });
    expect(await run.snapshot()).toEqual(before);
    expect(await runtime.verify(run.id)).toMatchObject({ ok: true });
  });
});

it('a content that nobody refers to goes when it is an hour old, and not by a dry run', async () => {
  let nowMs = 0;
  const blobs = memoryBlobs(() => nowMs);
  const stores = { ...memory(), blobs };
  await using runtime = await open({ stores });
  const bytes = async function* () {
    yield Buffer.from('nobody');
  };
  const { sha256 } = await blobs.put(bytes());
  nowMs = HOUR;
  expect(await runtime.prune({})).toMatchObject({ blobs: 0 });
  nowMs = HOUR + 1;
  expect(await runtime.prune({ dryRun: true })).toMatchObject({ blobs: 1, blobBytes: 6 });
  expect(await blobs.size(sha256)).toBe(6);
  expect(await runtime.prune({})).toMatchObject({ blobs: 1, blobBytes: 6 });
  expect(await blobs.size(sha256)).toBeUndefined();
});
