import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/json.ts';
import {
  appendList,
  appendMessages,
  channel,
  type Channels,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  mergeWrites,
  type Reducer,
} from '../../src/work/channels.ts';
import type { StandardSchema } from '../../src/work/standard-schema.ts';

const brokenSchema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => {
      throw new Error('out of order');
    },
  },
};

type Case = readonly [current: Json, incoming: Json, next: Json];

const CASES: Readonly<Record<string, readonly [Reducer, readonly Case[]]>> = {
  lastWriteWins: [
    lastWriteWins().reduce,
    [
      [1, 2, 2],
      [1, null, null],
      [{ a: 1 }, { b: 2 }, { b: 2 }],
    ],
  ],
  appendList: [
    appendList().reduce,
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
    appendMessages().reduce,
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
    mergeMap().reduce,
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
    maxByTimestamp().reduce,
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
    const merged = mergeMap().reduce(
      { a: 1 },
      JSON.parse('{"__proto__":{"polluted":true}}') as Json,
    ) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(JSON.stringify(merged)).toBe('{"a":1,"__proto__":{"polluted":true}}');
    expect('polluted' in merged).toBe(false);
  });

  it('reads "id" and "ts_ms" only where they stand, not through a member "__proto__"', () => {
    const message = JSON.parse('{"__proto__":{"id":"a","ts_ms":9}}') as Json;
    expect(appendMessages().reduce([{ id: 'a' }], message)).toEqual([{ id: 'a' }, message]);
    expect(maxByTimestamp().reduce({ ts_ms: 1 }, message)).toEqual({ ts_ms: 1 });
  });
});

describe('mergeWrites', () => {
  const channels: Channels = { last: lastWriteWins(), list: appendList(), map: mergeMap() };

  it('applies the writes in order, each to what the one before left', async () => {
    const writes = [
      ['list', 1],
      ['last', 'a'],
      ['list', [2, 3]],
      ['last', 'b'],
    ] as const;
    expect(await mergeWrites(channels, { list: [0], map: { m: 1 } }, writes)).toEqual({
      list: [0, 1, 2, 3],
      last: 'b',
      map: { m: 1 },
    });
  });

  it('takes a reducer of the caller, as a mere function too', async () => {
    const sum: Reducer = (current, incoming) => Number(current ?? 0) + Number(incoming);
    for (const declared of [sum, channel(sum), { reduce: sum }]) {
      const writes = [
        ['sum', 2],
        ['sum', 3],
      ] as const;
      expect(await mergeWrites({ sum: declared }, {}, writes)).toEqual({ sum: 5 });
    }
  });

  it('builds the first write on the initial value', async () => {
    const counted = { list: appendList({ initial: ['first'] }) };
    expect(await mergeWrites(counted, {}, [['list', 'x']])).toEqual({ list: ['first', 'x'] });
    expect(await mergeWrites(counted, { list: null }, [['list', 'x']])).toEqual({ list: ['x'] });
  });

  it('is all or nothing: an unknown channel is refused and the values stay as they were', async () => {
    const values = { list: [0] };
    const writes = [
      ['list', 1],
      ['nope', 2],
      ['list', 3],
    ] as const;
    await expect(mergeWrites(channels, values, writes)).rejects.toMatchObject({
      code: 'CHANNEL_UNKNOWN',
    });
    expect(values).toEqual({ list: [0] });
  });

  it('knows no channel by inheritance', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      await expect(mergeWrites(channels, {}, [[name, 1]])).rejects.toMatchObject({
        code: 'CHANNEL_UNKNOWN',
      });
    }
  });

  it('changes none of its arguments and keeps values of channels that are not written', async () => {
    const values = Object.freeze({ last: 1, old: 'of a channel that is gone' });
    const next = await mergeWrites(channels, values, [['last', 2]]);
    expect(next).toEqual({ last: 2, old: 'of a channel that is gone' });
    expect(values.last).toBe(1);
  });

  it('can have a channel called "__proto__"', async () => {
    const odd = Object.fromEntries([['__proto__', lastWriteWins()]]);
    const next = await mergeWrites(odd, {}, [['__proto__', { x: 1 }]]);
    expect(JSON.stringify(next)).toBe('{"__proto__":{"x":1}}');
    expect(Object.getPrototypeOf(next)).toBe(Object.prototype);
  });

  it('refuses what a reducer of the caller does wrong, with its name, and changes nothing', async () => {
    const values = { last: 1 };
    const full = new RangeError('full');
    const wrong: Readonly<Record<string, [Reducer, string]>> = {
      throws: [
        () => {
          throw full;
        },
        'full',
      ],
      changes: [(current) => Object.assign(current as object, { x: 1 }), 'not extensible'],
      nothing: [() => undefined as never, 'value is undefined'],
      date: [() => ({ at: new Date() }) as never, 'value.at is a Date'],
      nan: [() => Number.NaN, 'value is NaN'],
      promise: [async () => 1, 'value is a Promise'] as never,
      factory: [lastWriteWins as never, 'value.reduce is a function'],
    };
    for (const [name, [reduce, message]] of Object.entries(wrong)) {
      const failing = { ...channels, [name]: channel(reduce, { initial: {} }) };
      const writes = [
        ['last', 2],
        [name, { a: 3 }],
      ] as const;
      const error: unknown = await mergeWrites(failing, values, writes).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'CHANNEL_INVALID' });
      expect((error as Error).message).toContain(`"${name}"`);
      expect((error as Error).message).toContain(message);
      if (name === 'throws') expect((error as Error).cause).toBe(full);
    }
    expect(values).toEqual({ last: 1 });
  });

  it('checks a written value against the schema of its channel, and writes what that makes of it', async () => {
    const checked = {
      ...channels,
      words: appendList({ schema: z.object({ word: z.string().trim().min(1) }) }),
      slow: lastWriteWins({ schema: z.number().refine(async (n) => n > 0, 'too small') }),
      broken: lastWriteWins({ schema: brokenSchema }),
    };
    expect(
      await mergeWrites(checked, {}, [
        ['words', { word: ' a ' }],
        ['slow', 1],
      ]),
    ).toEqual({ words: [{ word: 'a' }], slow: 1 });
    const refused = [
      ['words', { word: '  ' }, 'word: '],
      ['slow', 0, 'too small'],
      ['slow', 'x', 'number'],
      ['broken', 1, 'out of order'],
    ] as const;
    for (const [name, value, message] of refused) {
      const error: unknown = await mergeWrites(checked, {}, [
        ['last', 1],
        [name, value],
      ]).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'CHANNEL_INVALID', cause: expect.anything() as unknown });
      expect((error as Error).message).toContain(`"${name}"`);
      expect((error as Error).message).toContain(message);
    }
  });

  it('refuses a written value that is no JSON', async () => {
    const ring: unknown[] = [];
    ring.push(ring);
    for (const value of [undefined, new Date(), { x: 1n }, Number.NaN, ring, Array(1), () => 1]) {
      await expect(mergeWrites(channels, {}, [['last', value as Json]])).rejects.toMatchObject({
        code: 'CHANNEL_INVALID',
      });
    }
  });
});
