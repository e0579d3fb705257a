import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/json.ts';
import {
  parseSnapshot,
  type RunEvent,
  type RunSnapshot,
  snapshotJson,
} from '../../src/machines/index.ts';
import { anyJson } from '../../src/testing/model/index.ts';
import { fold } from '../support/envelopes.ts';

describe('canonical JSON', () => {
  const completed = (text: string): RunSnapshot =>
    fold([{ type: 'run.completed', result: JSON.parse(text) as unknown }]);

  it('is the same for every order of keys, at every depth', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== 'object') return value;
      // Numeric keys keep their own order in an object whatever one does; the rest is turned round.
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, shuffled(member)]),
      );
    };
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        if (canonicalJson(a) === canonicalJson(b)) expect(a).toEqual(b);
        else expect(a).not.toEqual(b);
      }),
    );
    expect(canonicalJson([1, [2]])).not.toBe(canonicalJson([[1], 2]));
    expect(canonicalJson({ a: null })).not.toBe(canonicalJson({}));
  });

  it('keeps "__proto__" as a key like any other, and touches no prototype', () => {
    const snapshot = completed('{"__proto__":{"polluted":true},"a":1}');
    expect(snapshotJson(snapshot)).toContain('"result":{"__proto__":{"polluted":true},"a":1}');
    const back = parseSnapshot(snapshotJson(snapshot)).result as object;
    expect(Object.keys(back)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('takes nothing from the prototype of what an event carries', () => {
    const event = JSON.parse(
      '{"type":"run.failed","error":{"__proto__":{"name":"N","message":"m"}}}',
    ) as RunEvent;
    expect(fold([event]).error).toEqual({ name: 'Error', message: 'unknown' });
  });

  it('brings lone surrogates through', () => {
    const snapshot = completed('{"\\ud800":"\\udfff x"}');
    expect(parseSnapshot(snapshotJson(snapshot)).result).toEqual({ '\ud800': '\udfff x' });
    expect(Buffer.from(snapshotJson(snapshot)).toString()).toBe(snapshotJson(snapshot));
  });

  it('writes -0 as 0, so that a log read back folds to the same bytes', () => {
    expect(snapshotJson(completed('-0'))).toBe(snapshotJson(completed('0')));
    expect(snapshotJson(completed('[-0]'))).toContain('"result":[0]');
  });

  it('brings a thousand levels through', () => {
    for (const text of [
      '['.repeat(1000) + ']'.repeat(1000),
      '{"a":'.repeat(1000) + '1' + '}'.repeat(1000),
    ]) {
      const snapshot = completed(text);
      expect(snapshotJson(snapshot)).toContain(text);
      expect(snapshotJson(parseSnapshot(snapshotJson(snapshot)))).toBe(snapshotJson(snapshot));
    }
  });
});
