import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import {
  appendList,
  appendMessages,
  type Channels,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  mergeWrites,
  type Reducer,
} from '../../src/work/channels.ts';

type Case = readonly [current: Json, incoming: Json, next: Json];

const CASES: Readonly<Record<string, readonly [Reducer, readonly Case[]]>> = {
  lastWriteWins: [
    lastWriteWins,
    [
      [1, 2, 2],
      [1, null, null],
      [{ a: 1 }, { b: 2 }, { b: 2 }],
    ],
  ],
  appendList: [
    appendList,
    [
      [null, null, []],
      [null, 'x', ['x']],
      ['x', [1], ['x', 1]],
      [[1], null, [1]],
      [[1], [null], [1, null]],
      [[1], [[2]], [1, [2]]],
      [{ a: 1 }, { b: 2 }, [{ a: 1 }, { b: 2 }]],
    ],
  ],
  appendMessages: [
    appendMessages,
    [
      [[{ id: 'a', n: 1 }, { id: 'b' }], { id: 'a', n: 2 }, [{ id: 'a', n: 2 }, { id: 'b' }]],
      [
        [
          { id: 'a', n: 1 },
          { id: 'a', n: 2 },
        ],
        { id: 'a', n: 3 },
        [
          { id: 'a', n: 3 },
          { id: 'a', n: 2 },
        ],
      ],
      [
        null,
        [
          { id: 'a', n: 1 },
          { id: 'a', n: 2 },
        ],
        [{ id: 'a', n: 2 }],
      ],
      [[{ id: 7 }], { id: 7 }, [{ id: 7 }, { id: 7 }]],
      [[{ n: 1 }], { n: 1 }, [{ n: 1 }, { n: 1 }]],
      [[{ id: '' }], { id: '', n: 1 }, [{ id: '', n: 1 }]],
      [{ id: 'a' }, { id: 'a', n: 1 }, [{ id: 'a', n: 1 }]],
    ],
  ],
  mergeMap: [
    mergeMap,
    [
      [{ a: 1, b: { c: 1 } }, { b: { d: 2 } }, { a: 1, b: { d: 2 } }],
      [{ a: 1 }, null, { a: 1 }],
      [{ a: 1 }, [2], { a: 1 }],
      [[1], { a: 1 }, { a: 1 }],
      ['x', 7, {}],
      [{ a: 1 }, { a: null }, { a: null }],
    ],
  ],
  maxByTimestamp: [
    maxByTimestamp,
    [
      [{ ts_ms: 1 }, { ts_ms: 2 }, { ts_ms: 2 }],
      [{ ts_ms: 2 }, { ts_ms: 1 }, { ts_ms: 2 }],
      [
        { ts_ms: 2, n: 1 },
        { ts_ms: 2, n: 2 },
        { ts_ms: 2, n: 2 },
      ],
      [{ ts_ms: -5 }, { ts_ms: 1.5 }, { ts_ms: -5 }],
      [{ ts_ms: -5 }, { ts_ms: '9' }, { ts_ms: -5 }],
      [{ ts_ms: 1.5 }, 'x', 'x'],
      [null, null, null],
    ],
  ],
};

describe.each(Object.entries(CASES))('%s', (_, [reducer, cases]) => {
  it.each(cases)('%j and %j give %j', (current, incoming, next) => {
    expect(reducer(current, incoming)).toEqual(next);
  });
});

describe('every reducer', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

  it.each(Object.entries(CASES))(
    '%s is total, answers JSON and changes nothing it is given',
    (_, [reducer]) => {
      fc.assert(
        fc.property(json, json, (current, incoming) => {
          const before = JSON.stringify([current, incoming]);
          const next = reducer(current, incoming);
          expect(next).not.toBeUndefined();
          expect(() => JSON.stringify(next)).not.toThrow();
          expect(JSON.stringify([current, incoming])).toBe(before);
        }),
      );
    },
  );

  it('mergeMap keeps "__proto__" as a member and sets no prototype', () => {
    const merged = mergeMap(
      { a: 1 },
      JSON.parse('{"__proto__":{"polluted":true}}') as Json,
    ) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(JSON.stringify(merged)).toBe('{"a":1,"__proto__":{"polluted":true}}');
    expect('polluted' in merged).toBe(false);
  });

  it('reads "id" and "ts_ms" only where they stand, not through a member "__proto__"', () => {
    const message = JSON.parse('{"__proto__":{"id":"a","ts_ms":9}}') as Json;
    expect(appendMessages([{ id: 'a' }], message)).toEqual([{ id: 'a' }, message]);
    expect(maxByTimestamp({ ts_ms: 1 }, message)).toEqual({ ts_ms: 1 });
  });
});

describe('mergeWrites', () => {
  const channels: Channels = { last: lastWriteWins, list: appendList, map: mergeMap };

  it('applies the writes in order, each to what the one before left', () => {
    const writes = [
      ['list', 1],
      ['last', 'a'],
      ['list', [2, 3]],
      ['last', 'b'],
    ] as const;
    expect(mergeWrites(channels, { list: [0], map: { m: 1 } }, writes)).toEqual({
      list: [0, 1, 2, 3],
      last: 'b',
      map: { m: 1 },
    });
  });

  it('takes a reducer of the caller', () => {
    const sum: Reducer = (current, incoming) => Number(current ?? 0) + Number(incoming);
    expect(
      mergeWrites({ sum }, {}, [
        ['sum', 2],
        ['sum', 3],
      ]),
    ).toEqual({ sum: 5 });
  });

  it('is all or nothing: an unknown channel is refused and the values stay as they were', () => {
    const values = { list: [0] };
    const writes = [
      ['list', 1],
      ['nope', 2],
      ['list', 3],
    ] as const;
    expect(() => mergeWrites(channels, values, writes)).toThrow(
      expect.objectContaining({ code: 'CHANNEL_UNKNOWN' }),
    );
    expect(values).toEqual({ list: [0] });
  });

  it('knows no channel by inheritance', () => {
    for (const channel of ['__proto__', 'constructor', 'toString']) {
      expect(() => mergeWrites(channels, {}, [[channel, 1]])).toThrow(
        expect.objectContaining({ code: 'CHANNEL_UNKNOWN' }),
      );
    }
  });

  it('changes none of its arguments and keeps values of channels that are not written', () => {
    const values = Object.freeze({ last: 1, old: 'of a channel that is gone' });
    const next = mergeWrites(channels, values, [['last', 2]]);
    expect(next).toEqual({ last: 2, old: 'of a channel that is gone' });
    expect(values.last).toBe(1);
  });

  it('can have a channel called "__proto__"', () => {
    const odd = Object.fromEntries([['__proto__', lastWriteWins]]);
    const next = mergeWrites(odd, {}, [['__proto__', { x: 1 }]]);
    expect(JSON.stringify(next)).toBe('{"__proto__":{"x":1}}');
    expect(Object.getPrototypeOf(next)).toBe(Object.prototype);
  });

  it('passes on what a reducer of the caller throws, and changes nothing', () => {
    const values = { last: 1 };
    const failing: Reducer = () => {
      throw new RangeError('full');
    };
    const writes = [
      ['last', 2],
      ['failing', 3],
    ] as const;
    expect(() => mergeWrites({ ...channels, failing }, values, writes)).toThrow(RangeError);
    expect(values).toEqual({ last: 1 });
  });
});
