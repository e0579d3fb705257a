import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { outputKeys } from '../../src/work/output-keys.ts';

const nothing = (): never => {
  throw new Error('the content was asked for');
};

/** Counts as the journal of an attempt does. */
function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const n = (counts.get(name) ?? 0) + 1;
    counts.set(name, n);
    return n;
  };
}

function inScope() {
  let scope: string | undefined;
  const keys = outputKeys(() => scope, counter());
  return {
    ...keys,
    /** The key of a content that some step gives out. */
    in: (step: string | undefined, content: string, name = 'a'): string => {
      scope = step;
      return keys.key('artifact', 'run', name, () => content) as string;
    },
    enter: (step: string | undefined) => {
      scope = step;
    },
  };
}

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);

describe('the key of an output', () => {
  it('outside of steps is its place among those of the same kind, producer and name', () => {
    const { key } = outputKeys(() => undefined, counter());
    expect(key('artifact', 'run', 'a', nothing)).toBe('artifact/run/a#1');
    expect(key('artifact', 'run', 'a', nothing)).toBe('artifact/run/a#2');
    expect(key('artifact', 'run', 'b', nothing)).toBe('artifact/run/b#1');
    expect(key('artifact', 'me', 'a', nothing)).toBe('artifact/me/a#1');
    expect(key('partial', 'run', '', nothing)).toBe('partial/run/#1');
    expect(key('artifact', 'run', 'a', nothing)).toBe('artifact/run/a#3');
  });

  it('inside of a step is its content, and its place among the same content', () => {
    const keys = inScope();
    expect(keys.in('s', 'x')).toBe(`s|artifact/run/a~${digest('x')}#1`);
    expect(keys.in('s', 'y')).toBe(`s|artifact/run/a~${digest('y')}#1`);
    expect(keys.in('s', 'x')).toBe(`s|artifact/run/a~${digest('x')}#2`);
    expect(keys.in('s > t', 'x')).toBe(`s > t|artifact/run/a~${digest('x')}#1`);
    expect(keys.in('s', 'x', 'b')).toBe(`s|artifact/run/b~${digest('x')}#1`);
    expect(keys.in(undefined, 'x')).toBe('artifact/run/a#1');
  });

  it('is the same again when the step is tried again, in any order of its contents', () => {
    const keys = inScope();
    const first = ['x', 'y', 'x'].map((content) => keys.in('s', content));
    const other = keys.in('t', 'x');
    keys.begin('s');
    const again = ['y', 'x', 'z', 'x'].map((content) => keys.in('s', content));
    expect(again.filter((_, i) => i !== 2).toSorted()).toEqual(first.toSorted());
    expect(first).not.toContain(again[2]);
    expect(keys.in('t', 'x')).toBe(other.replace('#1', '#2'));
  });

  it('can wait for its content, and then belongs to the try in which it was asked for', async () => {
    const keys = inScope();
    keys.enter('s');
    const late = Promise.withResolvers<string>();
    const key = keys.key('artifact', 'run', 'a', () => late.promise);
    keys.begin('s');
    const next = keys.in('s', 'x');
    late.resolve('x');
    expect(await key).toBe(next);
    expect(keys.in('s', 'x')).toBe(next.replace('#1', '#2'));
  });

  it('outside of steps counts from the call on, also for what is known later', () => {
    const { key } = outputKeys(() => undefined, counter());
    const never = (): Promise<string> => new Promise(() => {});
    expect(key('artifact', 'run', 'a', never)).toBe('artifact/run/a#1');
    expect(key('artifact', 'run', 'a', never)).toBe('artifact/run/a#2');
  });
});
