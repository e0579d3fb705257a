import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  appendList,
  type Checkpoint,
  defineRun,
  type ForkEdits,
  lastWriteWins,
  type Stores,
} from '../../src/index.ts';
import { codeOf, logOf, open, PLACES } from '../support/runtime/helpers.ts';

const draft = defineRun({
  name: 'draft',
  state: { notes: appendList(), tone: lastWriteWins({ schema: z.enum(['dry', 'warm']) }) },
  execute: async ({ state, checkpoint }) => {
    await state.update({ notes: 'one', tone: 'dry' });
    await checkpoint('first');
    await state.update({ notes: 'two' });
    await checkpoint('second');
  },
});

/** What a fork has begun with, whatever it has kept since. */
async function firstOf({ checkpoints }: Stores, runId: string): Promise<Checkpoint> {
  const [first] = await checkpoints.list({ definition: 'draft', runId });
  if (first === undefined) throw new TypeError('Expected a checkpoint');
  const found = await checkpoints.load(first);
  if (found === undefined) throw new TypeError('Expected its values');
  return found;
}

describe.each(PLACES)('checking a fork on %s', (_, create) => {
  it('tells the values that the fork would begin with, which are those that it begins with, and writes nothing', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [draft] });
    const source = await runtime.start(draft);
    await source.result();
    const before = [await logOf(stores, source.id), (await runtime.list()).runs];
    const kinds: readonly (readonly [number | undefined, ForkEdits, unknown])[] = [
      [1, {}, { notes: ['one'], tone: 'dry' }],
      [undefined, {}, { notes: ['one', 'two'], tone: 'dry' }],
      [1, { edits: { tone: 'warm' } }, { notes: ['one'], tone: 'warm' }],
      [
        1,
        {
          edits: [
            ['notes', ['x']],
            ['notes', ['y']],
          ],
        },
        { notes: ['y'], tone: 'dry' },
      ],
      [1, { edits: { notes: 'z' }, throughReducers: true }, { notes: ['one', 'z'], tone: 'dry' }],
    ];
    for (const [superStep, edits, values] of kinds) {
      const key = { runId: source.id, ...(superStep !== undefined && { superStep }) };
      expect(await runtime.checkFork(key, edits)).toEqual({ values });
    }
    expect([await logOf(stores, source.id), (await runtime.list()).runs]).toEqual(before);
    for (const [superStep, edits, values] of kinds) {
      const key = { runId: source.id, ...(superStep !== undefined && { superStep }) };
      const fork = await runtime.fork(key, edits);
      await fork.result();
      expect((await fork.checkpoints.list())[0]?.label).toBe(`fork of ${source.id}`);
      expect((await firstOf(stores, fork.id)).values).toEqual(values);
    }
  });

  it('is refused as the fork is', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [draft] });
    const { id: runId } = await runtime.start(draft);
    await (await runtime.get(runId)).result();
    const refused: readonly (readonly [
      { runId: string; superStep?: number },
      ForkEdits,
      string,
    ])[] = [
      [{ runId: 'nobody' }, {}, 'RUN_NOT_FOUND'],
      [{ runId, superStep: 9 }, {}, 'CHECKPOINT_NOT_FOUND'],
      [{ runId, superStep: 1 }, { edits: { tone: 'loud' } }, 'CHANNEL_INVALID'],
      [{ runId, superStep: 1 }, { edits: { other: 1 }, throughReducers: true }, 'CHANNEL_UNKNOWN'],
    ];
    for (const [key, edits, code] of refused) {
      expect([code, await codeOf(runtime.checkFork(key, edits))]).toEqual([code, code]);
      expect([code, await codeOf(runtime.fork(key, edits))]).toEqual([code, code]);
    }
    expect((await runtime.list()).runs).toHaveLength(1);
  });

  it('edits through reducers that are not here cannot be told, though the fork can be made', async () => {
    using place = create();
    const stores = place.stores();
    const first = await open({ stores, definitions: [draft] });
    const { id: runId } = await first.start(draft);
    await (await first.get(runId)).result();
    const key = { runId, superStep: 1 };
    const edits = { edits: { notes: 'z' }, throughReducers: true };
    await first.close();
    // What is in memory is gone with its runtime.
    if (place.isFile !== true) return;
    await using other = await open({ stores: place.stores() });
    expect(await other.checkFork(key, { edits: { notes: 'z' } })).toEqual({
      values: { notes: 'z', tone: 'dry' },
    });
    expect(await codeOf(other.checkFork(key, edits))).toBe('DEFINITION_UNKNOWN');
    expect(await codeOf(other.checkFork({ runId, superStep: 9 }, edits))).toBe(
      'CHECKPOINT_NOT_FOUND',
    );
    await other.fork(key, { ...edits, runId: 'fork' });
  });
});
