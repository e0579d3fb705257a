/** Something that was made from others. */
export interface LineageNode {
  readonly id: string;
  readonly parents: readonly string[];
}

export interface Placed {
  readonly id: string;
  /** Its column: one more than that of the furthest of its parents. */
  readonly layer: number;
  /** Its place in the column, from 0. */
  readonly place: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The places in the columns between, which it takes so that it meets no node. */
  readonly via: readonly Placed[];
}

export interface Lineage {
  readonly nodes: readonly Placed[];
  readonly edges: readonly Edge[];
  readonly layers: number;
  /** Nodes of the fullest column. */
  readonly height: number;
}

/** Sweeps that bring nodes near what they were made from, and what was made from them. */
const SWEEPS = 4;
/** How the names of bends of edges begin; no id of an output does. */
const BEND = '\0';

/**
 * A layered layout: each node stands in the column after the last of its parents, near them. Parents that are
 * not among the nodes are left out; what a circle of parents keeps from having a column stands in the first.
 */
export function layLineage(given: readonly LineageNode[]): Lineage {
  const known = new Map(given.map((node) => [node.id, node]));
  const parentsOf = ({ parents }: LineageNode): readonly string[] =>
    parents.filter((id) => known.has(id));
  const layerOf = longestPaths(given, parentsOf);
  const columns: string[][] = [];
  const put = (id: string, layer: number): void => {
    while (columns.length <= layer) columns.push([]);
    columns[layer]?.push(id);
  };
  for (const { id } of given) put(id, layerOf.get(id) ?? 0);
  const pairs = given.flatMap((node) => parentsOf(node).map((from) => ({ from, to: node.id })));
  // An edge over several columns has a place of its own in each of them.
  const paths = pairs.map(({ from, to }, index) => {
    const between: string[] = [];
    for (let layer = (layerOf.get(from) ?? 0) + 1; layer < (layerOf.get(to) ?? 0); layer += 1) {
      const id = `${BEND}${index}/${layer}`;
      between.push(id);
      put(id, layer);
    }
    return { from, to, between };
  });
  const around = neighbours(paths);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) arrange(columns, around, sweep % 2 === 0);
  const placed = new Map(
    columns.flatMap((ids, layer) => ids.map((id, place) => [id, { id, layer, place }] as const)),
  );
  const edges = paths.map(({ from, to, between }) => ({
    from,
    to,
    via: between.map((id) => placed.get(id) as Placed),
  }));
  const nodes = [...placed.values()].filter(({ id }) => !id.startsWith(BEND));
  const height = columns.reduce((most, { length }) => Math.max(most, length), 0);
  return { nodes, edges, layers: columns.length, height };
}

/** How many steps each node is from the furthest node that it was made from. */
function longestPaths(
  nodes: readonly LineageNode[],
  parentsOf: (node: LineageNode) => readonly string[],
): ReadonlyMap<string, number> {
  const children = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const node of nodes) {
    const parents = parentsOf(node);
    open.set(node.id, parents.length);
    for (const parent of parents) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [node.id]);
      else list.push(node.id);
    }
  }
  const layers = new Map<string, number>();
  const ready = nodes.filter(({ id }) => open.get(id) === 0).map(({ id }) => id);
  for (const id of ready) {
    const layer = layers.get(id) ?? 0;
    layers.set(id, layer);
    for (const child of children.get(id) ?? []) {
      layers.set(child, Math.max(layers.get(child) ?? 0, layer + 1));
      const left = (open.get(child) ?? 1) - 1;
      open.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  // Within a circle nobody is first.
  for (const [id, left] of open) if (left > 0) layers.set(id, 0);
  return layers;
}

type Around = ReadonlyMap<string, { readonly before: string[]; readonly after: string[] }>;

function neighbours(
  paths: readonly {
    readonly from: string;
    readonly to: string;
    readonly between: readonly string[];
  }[],
): Around {
  const around = new Map<string, { readonly before: string[]; readonly after: string[] }>();
  const of = (id: string): { readonly before: string[]; readonly after: string[] } => {
    const found = around.get(id) ?? { before: [], after: [] };
    around.set(id, found);
    return found;
  };
  for (const { from, to, between } of paths) {
    let before = from;
    for (const next of [...between, to]) {
      of(before).after.push(next);
      of(next).before.push(before);
      before = next;
    }
  }
  return around;
}

function arrange(columns: string[][], around: Around, isForward: boolean): void {
  const places = new Map<string, number>();
  const note = (ids: readonly string[]): void => {
    for (const [index, id] of ids.entries()) places.set(id, (index + 0.5) / ids.length);
  };
  for (const ids of columns) note(ids);
  for (const ids of isForward ? columns : columns.toReversed()) {
    const wish = (id: string): number => {
      const near = around.get(id)?.[isForward ? 'before' : 'after'] ?? [];
      if (near.length === 0) return places.get(id) ?? 0;
      return near.reduce((sum, other) => sum + (places.get(other) ?? 0), 0) / near.length;
    };
    const wishes = new Map(ids.map((id) => [id, wish(id)]));
    ids.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
    note(ids);
  }
}

/** A node, everything that it was made from, and everything that was made from it. */
export function familyOf(nodes: readonly LineageNode[], id: string): readonly LineageNode[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const children = new Map<string, string[]>();
  for (const node of nodes) {
    for (const parent of node.parents) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [node.id]);
      else list.push(node.id);
    }
  }
  const related = new Set<string>([id]);
  const follow = (next: (id: string) => readonly string[]): void => {
    const seen = new Set([id]);
    for (const one of seen) {
      related.add(one);
      for (const other of next(one)) seen.add(other);
    }
  };
  follow((one) => known.get(one)?.parents ?? []);
  follow((one) => children.get(one) ?? []);
  return nodes.filter((node) => related.has(node.id));
}
