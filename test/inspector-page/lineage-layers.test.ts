import { describe, expect, it } from 'vitest';
import {
  familyOf,
  layLineage,
  type LineageNode,
} from '../../src/inspector/page/run/outputs/lineage-layers.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';

const node = (id: string, ...parents: string[]): LineageNode => ({ id, parents });

describe('the lineage of outputs', () => {
  it('has each one in the column after the last that it was made from', () => {
    const { nodes, layers, height } = layLineage([
      node('a'),
      node('b', 'a'),
      node('c', 'a', 'b'),
      node('d'),
    ]);
    const columns = Object.fromEntries(nodes.map(({ id, layer }) => [id, layer]));
    expect(columns).toEqual({ a: 0, b: 1, c: 2, d: 0 });
    expect({ layers, height }).toEqual({ layers: 3, height: 2 });
  });

  it('leads a line over a column through a place of its own there', () => {
    const { nodes, edges } = layLineage([node('a'), node('b', 'a'), node('c', 'a', 'b')]);
    const long = edges.find(({ from, to }) => from === 'a' && to === 'c');
    expect(long?.via).toHaveLength(1);
    const other = nodes.find(({ id }) => id === 'b');
    expect(long?.via[0]).toMatchObject({ layer: 1 });
    expect(long?.via[0]?.place).not.toBe(other?.place);
  });

  it('does not cross the lines of two pairs', () => {
    const { nodes } = layLineage([node('a'), node('b'), node('x', 'b'), node('y', 'a')]);
    const place = Object.fromEntries(nodes.map(({ id, place }) => [id, place]));
    expect([place['y'], place['x']]).toEqual([place['a'], place['b']]);
  });

  it('leaves out parents that are not there, and ends with a circle, too', () => {
    const { nodes, edges } = layLineage([node('a', 'gone'), node('b', 'c'), node('c', 'b')]);
    expect(nodes.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c']);
    expect(edges.some(({ from }) => from === 'gone')).toBe(false);
  });

  it.each(Array.from({ length: 20 }, newSeed))(
    'has no two at one place, and every line leads on (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const given = Array.from({ length: 120 }, (_, n) => {
        const parents = Array.from({ length: Math.floor(random() * 3) }, () =>
          String(Math.floor(random() * n)),
        );
        return node(String(n), ...(n === 0 ? [] : new Set(parents)));
      });
      const { nodes, edges } = layLineage(given);
      expect(nodes).toHaveLength(given.length);
      const layers = new Map(nodes.map(({ id, layer }) => [id, layer]));
      const taken = [...nodes, ...edges.flatMap(({ via }) => via)];
      expect(new Set(taken.map(({ layer, place }) => `${layer}/${place}`)).size).toBe(taken.length);
      for (const { from, to, via } of edges) {
        const path = [layers.get(from), ...via.map(({ layer }) => layer), layers.get(to)];
        const first = path[0] as number;
        expect(path).toEqual(path.map((_, index) => first + index));
      }
    },
  );

  it('finds what an output was made from and what was made from it, and nobody else', () => {
    const all = [node('a'), node('b', 'a'), node('c', 'b'), node('x', 'a'), node('y')];
    expect(familyOf(all, 'b').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
