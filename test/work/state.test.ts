import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/json.ts';
import type { ChannelValues, CheckpointRef } from '../../src/stores/index.ts';
import {
  appendList,
  appendMessages,
  channel,
  type Channels,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  mergeWrites,
} from '../../src/work/channels.ts';
import { applyEdits, createState } from '../../src/work/state.ts';
import { backends, openBackend } from '../stores/backends.ts';

const count = channel((current, incoming) => Number(current) + Number(incoming), { initial: 0 });

describe('the state of a run', () => {
  it('reads channels that were not written as their initial value, or null', () => {
    const state = createState({ list: appendList({ initial: ['a'] }), last: lastWriteWins() });
    expect(state.get('list')).toEqual(['a']);
    expect(state.get('last')).toBeNull();
    expect(state.values()).toEqual({ list: ['a'], last: null });
    // @ts-expect-error -- there is no such channel
    expect(() => state.get('nope')).toThrow(expect.objectContaining({ code: 'CHANNEL_UNKNOWN' }));
    expect(() => (state.get as (name: string) => Json)('toString')).toThrow(
      expect.objectContaining({ code: 'CHANNEL_UNKNOWN' }),
    );
  });

  it('takes writes by name, and as pairs in their order', async () => {
    const { update, values } = createState({
      list: appendList(),
      sum: count,
      last: lastWriteWins(),
    });
    await update({ list: 1, sum: 2 });
    await update([
      ['list', 2],
      ['last', 'a'],
      ['list', [3]],
      ['last', 'b'],
      ['sum', 3],
    ]);
    expect(values()).toEqual({ list: [1, 2, 3], sum: 5, last: 'b' });
    // @ts-expect-error -- there is no such channel
    await expect(update({ nope: 1 })).rejects.toMatchObject({ code: 'CHANNEL_UNKNOWN' });
    await expect(update('list' as never)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('is changed by update alone: neither by what was passed in nor by what was given out', async () => {
    const initial = [{ n: 0 }];
    const state = createState({ list: appendList({ initial }), map: mergeMap() });
    const item = { n: 1 };
    const writing = state.update({ list: [item], map: { item } });
    item.n = 2;
    initial[0] = { n: 9 };
    await writing;
    const seen = state.values();
    expect(seen).toEqual({ list: [{ n: 0 }, { n: 1 }], map: { item: { n: 1 } } });
    expect(() => (seen.list as Json[]).push(1)).toThrow(TypeError);
    expect(() => Object.assign((seen.list as object[])[1] ?? {}, { n: 3 })).toThrow(TypeError);
    expect(() => Object.assign(seen, { list: [] })).toThrow(TypeError);
    await state.update({ list: 'more' });
    expect(seen.list).toHaveLength(2);
  });

  it('takes updates one after the other, in the order of the calls, however long their schemas take', async () => {
    const slow = z.object({ wait: z.number() }).refine(async ({ wait }) => {
      await sleep(wait);
      return wait !== 3;
    }, 'three is too many');
    const state = createState({ list: appendList({ schema: slow }), n: count });
    const updates = [20, 3, 1, 0].map((wait) => state.update({ list: { wait }, n: 1 }));
    expect(state.get('n')).toBe(0);
    const settled = await Promise.allSettled(updates);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(state.values()).toEqual({ list: [{ wait: 20 }, { wait: 1 }, { wait: 0 }], n: 3 });
  });

  it('a rejected update changes nothing', async () => {
    const failing = channel(() => {
      throw new Error('no');
    });
    const state = createState({ list: appendList(), failing });
    await state.update({ list: 1 });
    const before = state.values();
    for (const writes of [
      [
        ['list', 2],
        ['failing', 1],
      ],
      [
        ['list', 2],
        ['nope', 1],
      ],
      [
        ['list', 2],
        ['list', undefined],
      ],
    ]) {
      await expect(state.update(writes as never)).rejects.toMatchObject({
        code: expect.stringMatching(/^CHANNEL_/) as string,
      });
      expect(state.values()).toBe(before);
    }
  });

  it('restores everything, values of channels that are not declared too', async () => {
    const state = createState({ list: appendList(), sum: count });
    await state.update({ list: 1, sum: 5 });
    state.restore(JSON.parse('{"list":["old"],"gone":{"x":1},"__proto__":2}') as ChannelValues);
    expect(JSON.stringify(state.values())).toBe(
      '{"list":["old"],"sum":0,"gone":{"x":1},"__proto__":2}',
    );
    expect((state.get as (name: string) => Json)('gone')).toEqual({ x: 1 });
    await expect(state.update({ gone: 1 } as never)).rejects.toMatchObject({
      code: 'CHANNEL_UNKNOWN',
    });
  });

  it('an update under way builds on what is restored meanwhile', async () => {
    const schema = z.string().refine(async () => sleep(5, true));
    const state = createState({ list: appendList({ schema }) });
    const writing = state.update({ list: 'new' });
    state.restore({ list: ['restored'] });
    await writing;
    expect(state.get('list')).toEqual(['restored', 'new']);
  });

  it('says what changed since: of a list the items at its end', async () => {
    const state = createState({ list: appendList(), map: mergeMap(), same: lastWriteWins() });
    const many = Array.from({ length: 30 }, (_, n) => ({ n }));
    await state.update({
      list: many,
      map: { a: 'x'.repeat(50), b: 'x'.repeat(50) },
      same: { a: 1 },
    });
    const before = state.values();
    await state.update({ list: { n: 30 }, map: { c: 1 } });
    await state.update({ list: { n: 31 } });
    expect(state.changeSince(before)).toEqual([
      ['list', { op: 'splice', at: 30, remove: 0, add: [{ n: 30 }, { n: 31 }] }],
      ['map', { op: 'merge', drop: [], set: { c: 1 } }],
    ]);
    state.restore(before);
    const restored = state.values();
    await state.update({ list: 'x' });
    expect(state.changeSince(restored)).toHaveLength(1);
  });

  it('refuses an initial value that is no JSON', () => {
    const odd = { odd: lastWriteWins({ initial: new Date() as never }) };
    expect(() => createState(odd)).toThrow(
      expect.objectContaining({
        code: 'CHANNEL_INVALID',
        message: expect.stringContaining('"odd"') as string,
      }),
    );
  });
});

describe('edits of a state', () => {
  const channels: Channels = {
    list: appendList({ schema: z.array(z.string()) }),
    last: lastWriteWins(),
    bare: (current, incoming) => [current, incoming],
  };
  const values = Object.freeze({ list: ['a'], last: 1, gone: true });

  it('set values, the last one winning, and may add channels', async () => {
    expect(await applyEdits(channels, values, { list: ['b'], more: { x: 1 }, bare: 2 })).toEqual({
      list: ['b'],
      last: 1,
      gone: true,
      more: { x: 1 },
      bare: 2,
    });
    const pairs = [
      ['last', 2],
      ['__proto__', 0],
      ['last', 3],
    ] as const;
    const edited = await applyEdits(channels, values, pairs);
    expect(JSON.stringify(edited)).toBe('{"list":["a"],"last":3,"gone":true,"__proto__":0}');
  });

  it('go through the reducers when they are told to', async () => {
    const through = { throughReducers: true };
    expect(await applyEdits(channels, values, { list: ['b'], bare: 1 }, through)).toEqual({
      ...values,
      list: ['a', 'b'],
      bare: [null, 1],
    });
    await expect(applyEdits(channels, values, { gone: 1 }, through)).rejects.toMatchObject({
      code: 'CHANNEL_UNKNOWN',
    });
  });

  it('are checked by the schemas, and are JSON, either way', async () => {
    for (const throughReducers of [false, true]) {
      for (const edits of [{ list: [1] }, { last: new Date() }]) {
        const applied = applyEdits(channels, values, edits as never, { throughReducers });
        await expect(applied).rejects.toMatchObject({ code: 'CHANNEL_INVALID' });
      }
    }
    expect(values).toEqual({ list: ['a'], last: 1, gone: true });
  });
});

const CHANNELS = {
  last: lastWriteWins(),
  list: appendList(),
  messages: appendMessages(),
  map: mergeMap({ initial: { first: true } }),
  newest: maxByTimestamp(),
  ['__proto__']: appendList(),
};

const message = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    ts_ms: fc.nat(9),
    text: fc.constantFrom('', 'text', 'a text that is much longer than others, so that it shows'),
  },
  { requiredKeys: ['text'] },
);
const written = fc.oneof(
  message as fc.Arbitrary<Json>,
  fc.array(message as fc.Arbitrary<Json>, { maxLength: 5 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);
const writes = fc.array(fc.tuple(fc.constantFrom(...Object.keys(CHANNELS)), written), {
  maxLength: 4,
});
const superSteps = fc.array(
  fc.record({
    writes,
    /** Which checkpoint to go back to first; mostly none. */
    backTo: fc.option(fc.nat(), { freq: 6 }),
    /** Saved as a new version of a step that is there. */
    again: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

describe.each(Object.entries(backends))('checkpoints of a state on %s', (name, fixture) => {
  it('are, each of them, the fold of the writes before it', async () => {
    const { checkpoints } = await openBackend(fixture);
    const numRuns = name === 'memory' ? 150 : 12;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(superSteps, async (steps) => {
        const line = { definition: 'd', runId: `run_${(runs += 1)}` };
        const channels: Channels = CHANNELS;
        const state = createState(channels);
        /** By what the store says of a checkpoint, what it must load. */
        const saved: { ref: CheckpointRef; values: ChannelValues; folded: ChannelValues }[] = [];
        let last: (typeof saved)[number] | undefined;
        let folded: ChannelValues = {};
        for (const { writes, backTo, again } of steps) {
          if (backTo !== null && saved.length > 0) {
            const target = saved[backTo % saved.length];
            const newest = saved.findLast(({ ref }) => ref.superStep === target?.ref.superStep);
            const found = await checkpoints.load({ ...line, ...(newest?.ref ?? { superStep: 0 }) });
            state.restore(found?.values ?? {});
            last = newest && { ...newest, values: state.values() };
            folded = newest?.folded ?? {};
          }
          await state.update(writes);
          folded = await mergeWrites(channels, folded, writes);
          const superStep: number = again && last ? last.ref.superStep : saved.length + 1;
          const values = state.values();
          const change = last && { from: last.ref, patch: state.changeSince(last.values) };
          const draft = { ...line, superStep, label: null, createdAtMs: 0, values };
          const { version } = await checkpoints.save({ ...draft, ...(change && { change }) });
          last = { ref: { superStep, version }, values, folded };
          saved.push(last);
        }
        const unwritten = createState(channels).values();
        for (const { ref, folded } of saved) {
          const isNewest = !saved.some(
            (other) => other.ref.superStep === ref.superStep && other.ref.version > ref.version,
          );
          if (!isNewest) continue;
          const found = await checkpoints.load({ ...line, superStep: ref.superStep });
          expect(found?.version).toBe(ref.version);
          expect(sorted(found?.values)).toBe(sorted({ ...unwritten, ...folded }));
        }
      }),
      { numRuns },
    );
  });
});

/** One text for values that are equal, whatever the order of their members. */
function sorted(value: Json | undefined): string {
  return JSON.stringify(value, (_, member: Json) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
