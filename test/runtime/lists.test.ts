import { describe, expect, it } from 'vitest';
import {
  defineRun,
  type ListOptions,
  type Run,
  type RunSnapshot,
  type Runtime,
} from '../../src/index.ts';
import { needsAttention } from '../../src/run-search.ts';
import { codeOf, eventually, open, PLACES } from '../support/runtime/helpers.ts';

/** The ids of all pages, and how many runs each had. */
async function listed(runtime: Runtime, options: ListOptions) {
  const ids: string[] = [];
  const sizes: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await runtime.list({ ...options, ...(cursor !== undefined && { cursor }) });
    expect(page.runs.length).toBeLessThanOrEqual(options.limit ?? 100);
    ids.push(...page.runs.map(({ snapshot }) => snapshot.runId));
    sizes.push(page.runs.length);
    cursor = page.nextCursor;
  }
  return { ids, sizes };
}

const named = (runId: string) => ({ runId, sessionId: 'ses' });

describe.each(PLACES)('lists on %s', (_, create) => {
  it('are of a span of time, and oldest first where that is asked for', async () => {
    using place = create();
    let nowMs = 1000;
    await using runtime = await open({ stores: place.stores(), clock: () => nowMs });
    for (const id of ['a', 'b', 'c', 'd']) {
      await runtime.open({ runId: id });
      nowMs += 1000;
    }
    const ids = async (options: ListOptions) =>
      (await listed(runtime, { ...options, limit: 2 })).ids;
    expect(await ids({})).toEqual(['d', 'c', 'b', 'a']);
    expect(await ids({ order: 'oldest' })).toEqual(['a', 'b', 'c', 'd']);
    expect(await ids({ createdFromMs: 2000 })).toEqual(['d', 'c', 'b']);
    expect(await ids({ createdBeforeMs: 3000, order: 'oldest' })).toEqual(['a', 'b']);
    expect(await ids({ createdFromMs: 2000, createdBeforeMs: 4000 })).toEqual(['c', 'b']);
    for (const instant of [-1, 1.5, Number.NaN]) {
      expect(await codeOf(runtime.list({ createdFromMs: instant }))).toBe('INPUT_INVALID');
      expect(await codeOf(runtime.list({ createdBeforeMs: instant }))).toBe('INPUT_INVALID');
    }
  });

  it('find a text in ids, prompts, results and errors, in upper case and lower, and page by page', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    await runtime.open({ runId: 'the-Needle', sessionId: 'ses' });
    await runtime.open({ runId: 'b', sessionId: 'needles' });
    await runtime.open({ ...named('c'), definition: 'needle-work' });
    await runtime.open({ ...named('d'), prompt: 'find a NEEDLE "quoted"' });
    await (await runtime.open(named('e'))).complete('a needle');
    await (await runtime.open(named('f'))).complete({ in: ['a', { needle: 1 }] });
    await (await runtime.open(named('g'))).fail(new Error('no needle here'));
    const cause = new Error('outside', { cause: new Error('needle inside') });
    await (await runtime.open(named('h'))).fail(cause);
    await (await runtime.open(named('i'))).cancel({ reason: 'needle found' });
    await (await runtime.open({ ...named('j'), prompt: 'hay' })).complete('hay');
    const found = ['the-Needle', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    for (const limit of [1, 2, 3, 100]) {
      const oldest = { text: 'nEEdle', limit, order: 'oldest' } as const;
      expect((await listed(runtime, oldest)).ids).toEqual(found);
      const newest = { text: 'needle', limit };
      expect((await listed(runtime, newest)).ids).toEqual(found.toReversed());
    }
    expect((await listed(runtime, { text: 'needle "QUOTED"' })).ids).toEqual(['d']);
    expect((await listed(runtime, { text: 'needle', status: 'failed' })).ids).toEqual(['h', 'g']);
    expect((await listed(runtime, { text: 'nothing like it' })).ids).toEqual([]);
    expect((await listed(runtime, { text: '' })).ids).toHaveLength(10);
  });

  it('say that a run needs attention while it asks something, has lost its owner, or is stalled', async () => {
    using place = create();
    const ask = defineRun({
      name: 'ask',
      execute: ({ interrupt }) => interrupt({ question: 'Go on?' }),
    });
    const rest = defineRun({ name: 'rest', execute: ({ receive }) => receive() });
    const hang = defineRun({
      name: 'hang',
      execute: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(null));
        }),
    });
    let nowMs = Date.now();
    const clock = () => nowMs;
    const definitions = [ask, rest, hang];
    await using runtime = await open({ stores: place.stores(), definitions, clock });
    const urgent = async (more: ListOptions = {}) =>
      (await listed(runtime, { needsAttention: true, limit: 2, ...more })).ids.toSorted();
    await runtime.start(ask, { runId: 'asks' });
    await runtime.start(rest, { runId: 'rests' });
    await runtime.start(hang, { runId: 'hangs' });
    await runtime.open({ runId: 'opened' });
    await (await runtime.open({ runId: 'over' })).complete();
    await eventually(async () => (await urgent()).length === 1);
    await eventually(async () => (await runtime.info('rests')).owner === null);
    expect(await urgent()).toEqual(['asks']);
    expect(await urgent({ text: 'hangs' })).toEqual([]);
    expect(await urgent({ status: 'completed' })).toEqual([]);
    nowMs += 3_600_000;
    await eventually(async () => (await urgent()).includes('hangs'));
    expect(await urgent()).toEqual(['asks', 'hangs']);
    expect(await urgent({ text: 'HANG' })).toEqual(['hangs']);
    const [question] = await (await runtime.get('asks')).interrupts.list();
    await (
      await runtime.get('asks')
    ).interrupts.resolve(String(question?.id), String(question?.token));
    await (await runtime.get('asks')).result();
    expect(await urgent()).toEqual(['hangs']);
  });

  it('look at two thousand runs for one page, and go on by its cursor', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    await runtime.open({ runId: 'needle' });
    const others = Array.from({ length: 2_100 }, (__, i) => runtime.open({ runId: `run_${i}` }));
    await Promise.all(others);
    const { ids, sizes } = await listed(runtime, { text: 'needle' });
    expect(ids).toEqual(['needle']);
    expect(sizes).toEqual([0, 1]);
  });
});

it('a run needs attention when its owner is gone, and not when it is over', async () => {
  await using runtime = await open();
  const run = await runtime.open();
  const info = await runtime.info(run.id);
  const gone = { ...info, owner: { id: 'own_1', alive: false } };
  const parked = { interrupts: [], wakeAtMs: null };
  const waiting = (kind: 'waiting' | 'released') => ({
    ...info,
    owner: null,
    snapshot: { ...info.snapshot, waiting: { ...parked, parked: kind } },
  });
  expect(needsAttention(info)).toBe(false);
  expect(needsAttention(gone)).toBe(true);
  expect(needsAttention(waiting('waiting'))).toBe(false);
  expect(needsAttention(waiting('released'))).toBe(true);
  expect(needsAttention({ ...gone, snapshot: await endOf(run) })).toBe(false);
});

async function endOf(run: Run): Promise<RunSnapshot> {
  await run.complete();
  return run.snapshot();
}

describe.each(PLACES)('counts on %s', (_, create) => {
  it('tell all seven statuses, of all runs or of a session or a definition', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const none = {
      created: 0,
      planning: 0,
      executing: 0,
      verifying: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    expect(await runtime.counts()).toEqual(none);
    await (await runtime.open(named('a'))).complete();
    await (await runtime.open({ ...named('b'), definition: 'writer' })).complete();
    await (await runtime.open({ runId: 'c' })).cancel();
    const run = await runtime.open({ runId: 'd', definition: 'writer' });
    expect(await runtime.counts()).toEqual({ ...none, completed: 2, cancelled: 1, created: 1 });
    await run.record({ type: 'run.started' });
    expect(await runtime.counts({ definition: 'writer' })).toEqual({
      ...none,
      completed: 1,
      executing: 1,
    });
    expect(await runtime.counts({ sessionId: 'ses' })).toEqual({ ...none, completed: 2 });
    expect(await runtime.counts({ sessionId: 'ses', definition: 'other' })).toEqual(none);
  });
});
