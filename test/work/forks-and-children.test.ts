import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  appendList,
  defineRun,
  isRunchartError,
  lastWriteWins,
  type Run,
} from '../../src/index.ts';
import { codeOf, eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';

function draft(done: string[]) {
  return defineRun<{ topic: string }, undefined, unknown>({
    name: 'draft',
    state: { notes: appendList(), tone: lastWriteWins({ schema: z.enum(['dry', 'warm']) }) },
    execute: async ({ input, step, state, checkpoint, outputs }) => {
      const outline = await step('outline', () => {
        done.push('outline');
        return `outline of ${input.topic}`;
      });
      await state.update({ notes: outline, tone: 'dry' });
      await outputs.artifact('outline', outline);
      await checkpoint('outlined');
      const tone = state.get('tone') as string;
      const text = await step('write', () => {
        done.push(`write ${tone}`);
        return `${tone} text`;
      });
      await state.update({ notes: text });
      await checkpoint('written');
      if (tone === 'dry') throw new Error('too dry');
      return state.values();
    },
  });
}

describe.each(PLACES)('forks on %s', (_, create) => {
  it('a failed run is tried again from a checkpoint, with edits; what was before is remembered', async () => {
    using place = create();
    const done: string[] = [];
    const definition = draft(done);
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [definition] });
    const source = await runtime.start(definition, { input: { topic: 'owls' } });
    expect(await codeOf(source.result())).toBe('RUN_FAILED');
    const before = await source.snapshot();
    const fork = await runtime.fork(
      { runId: source.id, superStep: 1 },
      { edits: { tone: 'warm' } },
    );
    expect(await fork.result()).toEqual({ notes: ['outline of owls', 'warm text'], tone: 'warm' });
    expect(done).toEqual(['outline', 'write dry', 'write warm']);
    // Lineage on both sides; the source is as it was but for the late event that tells of it.
    expect((await fork.snapshot()).forkedFrom).toEqual({
      runId: source.id,
      superStep: 1,
      version: 1,
    });
    expect(await source.snapshot()).toMatchObject({
      status: 'failed',
      error: before.error,
      lateCount: 1,
    });
    const { runs } = await runtime.list({ forkedFrom: source.id });
    expect(runs.map(({ snapshot }) => snapshot.runId)).toEqual([fork.id]);
    const kept = await fork.checkpoints.list();
    expect(kept.map(({ superStep, version }) => [superStep, version])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    // What the source gave out before the checkpoint is not given out again.
    expect(await fork.outputs.list()).toEqual([]);
    await expectSound(stores, fork.id);
    await expectSound(stores, source.id);
  });

  it('edits are checked, and nothing is made of those that are not valid', async () => {
    using place = create();
    const definition = draft([]);
    await using runtime = await open({ stores: place.stores(), definitions: [definition] });
    const source = await runtime.start(definition, { input: { topic: 'owls' } });
    await codeOf(source.result());
    const key = { runId: source.id, superStep: 1 };
    expect(await codeOf(runtime.fork(key, { edits: { tone: 'loud' } }))).toBe('CHANNEL_INVALID');
    const unknown = runtime.fork(key, { edits: { other: 1 }, throughReducers: true });
    expect(await codeOf(unknown)).toBe('CHANNEL_UNKNOWN');
    expect(await codeOf(runtime.fork({ runId: source.id, superStep: 9 }))).toBe(
      'CHECKPOINT_NOT_FOUND',
    );
    expect(await codeOf(runtime.fork({ runId: 'run_none' }))).toBe('RUN_NOT_FOUND');
    expect((await runtime.list()).runs).toHaveLength(1);
  });

  it('a fork through the reducers merges, a fork of a fork remembers both, and a repeat is one fork', async () => {
    using place = create();
    const done: string[] = [];
    const definition = draft(done);
    await using runtime = await open({ stores: place.stores(), definitions: [definition] });
    const source = await runtime.start(definition, { input: { topic: 'owls' } });
    await codeOf(source.result());
    const first = await runtime.fork(
      { runId: source.id, superStep: 1 },
      {
        edits: [
          ['tone', 'warm'],
          ['notes', 'mind the owls'],
        ],
        throughReducers: true,
      },
    );
    const notes = ['outline of owls', 'mind the owls', 'warm text'];
    expect(await first.result()).toEqual({ notes, tone: 'warm' });
    const again = { edits: { tone: 'warm' }, idempotencyKey: 'again' };
    const [second, repeat] = await Promise.all([
      runtime.fork({ runId: first.id }, again),
      runtime.fork({ runId: first.id }, again),
    ]);
    expect(repeat.id).toBe(second.id);
    expect(await second.result()).toEqual({ notes, tone: 'warm' });
    expect(done).toEqual(['outline', 'write dry', 'write warm']);
  });

  it('a run is forked while it runs, and both go on', async () => {
    using place = create();
    const gate = Promise.withResolvers<void>();
    const slow = defineRun<undefined, undefined, unknown>({
      name: 'slow',
      state: { n: lastWriteWins() },
      execute: async ({ state, checkpoint, step, attempt, runId }) => {
        await state.update({ n: 1 });
        await checkpoint();
        await step('wait', () => gate.promise);
        return [runId, attempt, state.get('n')];
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [slow] });
    const source = await runtime.start(slow);
    await eventually(async () => (await source.checkpoints.latest()) !== undefined);
    await eventually(async () => (await source.snapshot()).eventCount > 4);
    const fork = await runtime.fork({ runId: source.id }, { edits: { n: 2 } });
    gate.resolve();
    expect(await source.result()).toEqual([source.id, 1, 1]);
    expect(await fork.result()).toEqual([fork.id, 1, 2]);
  });
});

describe.each(PLACES)('children on %s', (_, create) => {
  it('a child is a run of its own whose result reaches the parent, and that is found again', async () => {
    using place = create();
    let childAttempts = 0;
    const gate = Promise.withResolvers<void>();
    const part = defineRun<number, undefined, number>({
      name: 'part',
      execute: async ({ input, step }) => {
        childAttempts += 1;
        await step('wait', () => gate.promise);
        return input * 2;
      },
    });
    const whole = defineRun<undefined, undefined, unknown>({
      name: 'whole',
      execute: async ({ child }) => Promise.all([1, 2, 3].map((n) => child(part, n))),
    });
    const stores = place.stores();
    const definitions = [part, whole];
    let id: string;
    {
      const runtime = await open({ stores, definitions });
      const run = await runtime.start(whole);
      id = run.id;
      await eventually(async () => childAttempts === 3);
      await runtime.close({ graceMs: 50 });
    }
    gate.resolve();
    const again = place.stores();
    await using runtime = await open({ stores: again, definitions });
    const run = await runtime.get(id);
    expect(await run.result()).toEqual([2, 4, 6]);
    const { runs } = await runtime.list({ parentRunId: id });
    expect(runs).toHaveLength(3);
    expect(runs.map(({ snapshot }) => snapshot.status)).toEqual(runs.map(() => 'completed'));
    await expectSound(again, id);
  });

  it('parents that wait leave their place to their children, however few places there are', async () => {
    using place = create();
    const leaf = defineRun<number, undefined, number>({
      name: 'leaf',
      execute: ({ input }) => input,
    });
    const branch = defineRun<number, undefined, number>({
      name: 'branch',
      execute: async ({ child, input }) => (await child(leaf, input)) + (await child(leaf, input)),
    });
    const tree = defineRun<undefined, undefined, number>({
      name: 'tree',
      execute: async ({ child }) => (await child(branch, 1)) + (await child(branch, 2)),
    });
    const definitions = [leaf, branch, tree];
    await using runtime = await open({ stores: place.stores(), definitions, concurrency: 1 });
    const runs = await Promise.all([1, 2, 3].map(() => runtime.start(tree)));
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([6, 6, 6]);
  });

  it('the failure of a child reaches the parent as an error with a code, also when it is remembered', async () => {
    using place = create();
    const bad = defineRun({
      name: 'bad',
      execute: () => {
        throw Object.assign(new Error('no paper'), { code: 'E_PAPER' });
      },
    });
    const seen: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    const parent = defineRun<undefined, undefined, string>({
      name: 'parent',
      execute: async ({ child, step }) => {
        try {
          await child(bad);
        } catch (error) {
          if (!isRunchartError(error, 'CHILD_FAILED')) throw error;
          const { message, code } = error.cause as Error & { code: string };
          seen.push([message, code]);
        }
        await step('wait', () => gate.promise);
        return 'survived';
      },
    });
    const stores = place.stores();
    let id: string;
    {
      const runtime = await open({ stores, definitions: [bad, parent] });
      const run = await runtime.start(parent);
      id = run.id;
      await eventually(() => seen.length === 1);
      await runtime.close({ graceMs: 20 });
    }
    gate.resolve();
    await using runtime = await open({ stores: place.stores(), definitions: [bad, parent] });
    expect(await (await runtime.get(id)).result()).toBe('survived');
    expect(seen).toEqual([
      ['no paper', 'E_PAPER'],
      ['no paper', 'E_PAPER'],
    ]);
  });

  it.each(['cancel', 'fail'] as const)(
    '%s of the parent ends its children and theirs',
    async (how) => {
      using place = create();
      const hanging = defineRun({
        name: 'hanging',
        execute: ({ signal }) =>
          new Promise((__, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      });
      const middle = defineRun({
        name: 'middle',
        execute: ({ child }) => child(hanging),
      });
      const top = defineRun({
        name: 'top',
        execute: ({ child }) => child(middle),
      });
      const definitions = [hanging, middle, top];
      await using runtime = await open({ stores: place.stores(), definitions });
      const run = await runtime.start(top);
      await eventually(
        async () => (await runtime.list({ definition: 'hanging' })).runs.length === 1,
      );
      await (how === 'cancel' ? run.cancel() : run.fail(new Error('enough')));
      for (const definition of ['hanging', 'middle']) {
        const { runs } = await runtime.list({ definition });
        const child: Run = await runtime.get(runs[0]?.snapshot.runId ?? '');
        await eventually(async () => (await child.status()) === 'cancelled');
      }
    },
  );
});
