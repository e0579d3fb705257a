import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import {
  applyPatch,
  applyPatches,
  type ChannelValues,
  diffState,
  type StatePatch,
} from '../../src/stores/index.ts';
import { runs } from '../support/runs.ts';

const NAMES = ['a', 'b', '__proto__', 'constructor', '0', ''];
const name = fc.constantFrom(...NAMES);
const leaf = fc.constantFrom<Json>(null, true, 0, 1, 'x', 'a much longer text than the others are');
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('json'), { maxLength: 6 }),
    fc.array(fc.tuple(name, tie('json')), { maxLength: 6 }).map((m) => Object.fromEntries(m)),
  ),
}));
const state = fc
  .array(fc.tuple(name, json), { maxLength: 4 })
  .map((entries): ChannelValues => Object.fromEntries(entries));

/** What a reducer may make of a value: most of it stays the very same. */
function changed(value: Json): fc.Arbitrary<Json> {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return fc
      .tuple(fc.nat(list.length), fc.nat(3), fc.array(json, { maxLength: 3 }))
      .map(([at, remove, add]) => list.toSpliced(at, remove, ...add));
  }
  if (value !== null && typeof value === 'object') {
    return fc
      .tuple(fc.array(fc.tuple(name, json), { maxLength: 3 }), fc.array(name, { maxLength: 2 }))
      .map(([set, drop]) => {
        const members = new Map([...Object.entries(value), ...set]);
        for (const gone of drop) members.delete(gone);
        return Object.fromEntries(members);
      });
  }
  return json;
}

/** A state and one that came of it: nothing vanished. */
const steps = state.chain((before) =>
  fc
    .tuple(
      fc.tuple(
        ...Object.entries(before).map(([channel, value]) =>
          fc
            .oneof(fc.constant(value), changed(value), json)
            .map((next) => [channel, next] as const),
        ),
      ),
      state,
    )
    .map(([kept, more]) => ({
      before,
      after: { ...more, ...Object.fromEntries(kept) } as ChannelValues,
    })),
);

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a state patch', () => {
  it('leads from one state to the other, also after a way through JSON, and changes neither', () => {
    fc.assert(
      fc.property(steps, ({ before, after }) => {
        const texts = JSON.stringify([before, after]);
        const patch = diffState(before, after);
        assert.deepEqual(applyPatch(before, patch), after);
        assert.deepEqual(applyPatch(throughJson(before), throughJson(patch)), throughJson(after));
        expect(JSON.stringify([before, after])).toBe(texts);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('of a channel is never longer than the channel itself', () => {
    fc.assert(
      fc.property(steps, ({ before, after }) => {
        for (const [channel, patch] of diffState(before, after)) {
          const set = { op: 'set', value: after[channel] };
          expect(JSON.stringify(patch).length).toBeLessThanOrEqual(JSON.stringify(set).length);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('gives the same when several are applied at once', () => {
    const walk = fc.array(steps, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(walk, (pairs) => {
        let values: ChannelValues = {};
        const patches: StatePatch[] = [];
        for (const { before, after } of pairs) {
          for (const next of [before, after]) {
            const whole = { ...values, ...next };
            patches.push(throughJson(diffState(values, whole)));
            values = whole;
          }
        }
        assert.deepEqual(applyPatches({}, patches), values);
      }),
    );
  });

  it('is empty between states that are the same', () => {
    fc.assert(fc.property(state, (values) => diffState(values, { ...values }).length === 0));
  });

  const long = Array.from({ length: 50 }, (_, n) => ({ n }));
  it.each([
    ['items at the end', [...long, 1, 2], [{ op: 'splice', at: 50, remove: 0, add: [1, 2] }]],
    [
      'an item in the middle',
      long.with(7, { n: 0 }),
      [{ op: 'splice', at: 7, remove: 1, add: [{ n: 0 }] }],
    ],
    ['a list that got shorter', long.slice(1), [{ op: 'splice', at: 0, remove: 1, add: [] }]],
    ['no list any more', null, [{ op: 'set', value: null }]],
  ])('of a list says what is new: %s', (_, after, patches) => {
    expect(diffState({ list: long }, { list: after }).map(([, patch]) => patch)).toEqual(patches);
  });

  it('of a list of equal items is found too', () => {
    const texts = Array.from({ length: 50 }, () => 'same');
    expect(diffState({ list: texts }, { list: [...texts, 'same'] })).toEqual([
      ['list', { op: 'splice', at: 50, remove: 0, add: ['same'] }],
    ]);
    expect(diffState({ list: texts }, { list: texts.slice(3) })).toEqual([
      ['list', { op: 'splice', at: 47, remove: 3, add: [] }],
    ]);
  });

  it('of an object says which members are new and which are gone', () => {
    const map = Object.fromEntries(long.map((member) => [`m${member.n}`, member]));
    const { m1: _, ...after }: Record<string, Json> = { ...map, m2: 'new', more: 1 };
    expect(diffState({ map }, { map: after })).toEqual([
      ['map', { op: 'merge', drop: ['m1'], set: { m2: 'new', more: 1 } }],
    ]);
  });

  it('takes lists that are longer than a call can have arguments', () => {
    const many = Array.from({ length: 300_000 }, (_, n) => n);
    const before = { list: [-1, -2, ...many.slice(0, 10)] };
    const after = { list: [-1, ...many, -2] };
    expect(applyPatch(before, diffState(before, after))).toEqual(after);
  });
});
