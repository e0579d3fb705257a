import type { Edge, Lineage, Placed } from './lineage-layers.ts';

/** Pixels of a node, and between two of them. */
export const NODE = { width: 176, height: 48, across: 56, down: 14, edge: 14 } as const;
/** Pixels of a line that passes a column. */
const BEND = 4;

export function leftOf(layer: number): number {
  return NODE.edge + layer * (NODE.width + NODE.across);
}

/** Where everything is drawn. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Where each node and each bend begins, from above. */
  readonly tops: ReadonlyMap<string, number>;
}

/** Columns stand in the middle of each other; a line that passes one takes little room in it. */
export function planeOf({ nodes, edges, layers }: Lineage): Plane {
  const columns = Array.from({ length: layers }, (): (Placed & { readonly size: number })[] => []);
  for (const node of nodes) columns[node.layer]?.push({ ...node, size: NODE.height });
  for (const bend of edges.flatMap(({ via }) => via)) {
    columns[bend.layer]?.push({ ...bend, size: BEND });
  }
  const heights = columns.map((column) =>
    column.reduce((sum, { size }) => sum + size + NODE.down, -NODE.down),
  );
  const tallest = Math.max(0, ...heights);
  const tops = new Map<string, number>();
  for (const [layer, column] of columns.entries()) {
    let top = NODE.edge + (tallest - (heights[layer] ?? 0)) / 2;
    for (const { id, size } of column.sort((a, b) => a.place - b.place)) {
      tops.set(id, top);
      top += size + NODE.down;
    }
  }
  const width = leftOf(layers) - NODE.across + NODE.edge;
  return { width, height: tallest + 2 * NODE.edge, tops };
}

/** From the right side of what something was made from to its left side, level where it passes a column. */
export function lineOf(
  { from, to, via }: Edge,
  placed: ReadonlyMap<string, Placed>,
  { tops }: Plane,
): string {
  const [first, last] = [placed.get(from), placed.get(to)];
  if (first === undefined || last === undefined) return '';
  const middleOf = ({ id }: Placed, size: number): number => (tops.get(id) ?? 0) + size / 2;
  const bend = NODE.across / 2;
  let x = leftOf(first.layer) + NODE.width;
  let y = middleOf(first, NODE.height);
  let line = `M${x} ${y}`;
  for (const next of [...via, last]) {
    const left = leftOf(next.layer);
    const middle = middleOf(next, next === last ? NODE.height : BEND);
    line += `C${x + bend} ${y} ${left - bend} ${middle} ${left} ${middle}`;
    x = left + NODE.width;
    y = middle;
    if (next !== last) line += `H${x}`;
  }
  return line;
}
