import { describe, expect, it } from 'vitest';
import { textDiff } from '../../src/inspector/page/parts/text-diff.ts';
import { countsOf, type DiffNode, diffValues } from '../../src/inspector/page/parts/value-diff.ts';

/** What a tree says, as lines: `path: kind`, without what is unchanged. */
function lines(node: DiffNode, path = ''): readonly string[] {
  if (node.kind === 'branch') {
    return node.members.flatMap(({ name, node }) => lines(node, `${path}/${name}`));
  }
  return node.kind === 'same' ? [] : [`${path}: ${node.kind}`];
}

describe('how two values differ', () => {
  it('is told member by member, at any depth', () => {
    const before = { a: 1, b: { c: 'x', d: [1, 2] }, gone: null };
    const after = { a: 1, b: { c: 'y', d: [1, 2, 3] }, fresh: {} };
    const node = diffValues(before, after);
    expect(lines(node)).toEqual([
      '/b/c: changed',
      '/b/d/2: added',
      '/gone: removed',
      '/fresh: added',
    ]);
    expect(countsOf(node)).toEqual({ added: 2, removed: 1, changed: 1, moved: 0 });
  });

  it('is nothing for equal values, whatever the order of their members', () => {
    expect(diffValues({ a: [{ x: 1, y: 2 }] }, { a: [{ x: 1, y: 2 }] }).kind).toBe('same');
    expect(lines(diffValues({ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }] }))).toEqual([]);
  });

  it('knows an item of a list that moved by what is in it', () => {
    const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    const node = diffValues({ list: [a, b, c] }, { list: [c, a, b] });
    expect(lines(node)).toEqual(['/list/0: moved']);
    expect(JSON.stringify(node)).toContain('"from":2');
  });

  it('compares an item with the one that stood at its place, if the two are alike', () => {
    const before = [{ kind: 'long', lines: 61 }, 'x'];
    const after = [{ kind: 'long', lines: 80 }, { other: true }];
    expect(lines(diffValues(before, after))).toEqual([
      '/0/lines: changed',
      '/1: removed',
      '/1: added',
    ]);
  });

  it('also of other kinds of values', () => {
    expect(diffValues(1, 2)).toMatchObject({ kind: 'changed', before: 1, after: 2 });
    expect(lines(diffValues({ a: [1] }, { a: { 0: 1 } }))).toEqual(['/a: changed']);
    expect(diffValues(null, {})).toMatchObject({ kind: 'changed' });
  });

  it('of long lists of which all changed is told without comparing each with each', () => {
    const list = (mark: string) => Array.from({ length: 5_000 }, (_, id) => ({ id, mark }));
    const [old, young] = [list('old'), list('new')];
    const node = diffValues([...old, 1], [...young, 2]);
    expect(countsOf(node)).toEqual({ added: 0, removed: 0, changed: 5_001, moved: 0 });
  });
});

describe('how two texts differ', () => {
  it('is told by lines', () => {
    expect(textDiff('one\ntwo\nthree\n', 'one\n2\nthree\nfour\n')).toEqual([
      { kind: 'same', text: 'one\n' },
      { kind: 'removed', text: 'two\n' },
      { kind: 'added', text: '2\n' },
      { kind: 'same', text: 'three\n' },
      { kind: 'added', text: 'four\n' },
    ]);
  });

  it('of one line each by words', () => {
    expect(textDiff('a quick brown fox', 'a slow brown fox')).toEqual([
      { kind: 'same', text: 'a ' },
      { kind: 'removed', text: 'quick ' },
      { kind: 'added', text: 'slow ' },
      { kind: 'same', text: 'brown fox' },
    ]);
  });

  it('has both texts in it, whatever they are', () => {
    const words = ['a', 'b', 'c', 'd\n', ' '];
    let seed = 7;
    const text = () =>
      Array.from({ length: 30 }, () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return words[seed % words.length];
      }).join(' ');
    for (let turn = 0; turn < 50; turn += 1) {
      const [before, after] = [text(), text()];
      const pieces = textDiff(before, after) ?? [];
      const of = (kind: string) =>
        pieces
          .filter((piece) => piece.kind !== kind)
          .map((piece) => piece.text)
          .join('');
      expect([turn, of('added'), of('removed')]).toEqual([turn, before, after]);
    }
  });

  it('is not told of so much text that nobody would wait for it', () => {
    const text = (mark: string) =>
      Array.from({ length: 3_000 }, (_, at) => `${mark}${at}\n`).join('');
    expect(textDiff(text('a'), text('b'))).toBeUndefined();
    expect(textDiff(`${text('a')}x\n`, `${text('a')}y\n`)).toHaveLength(3);
  });
});
