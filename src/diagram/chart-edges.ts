import type { Chart, ChartMove } from '../machines/chart-of.ts';

/** All the transitions that lead from one state to another: one arrow. */
export interface ChartEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly transitions: readonly ChartMove[];
}

/** The id of the arrow between two states, the same in each drawing of a chart. */
export function edgeId(from: string, to: string): string {
  return `${from} -> ${to}`;
}

/** The arrows of a chart. What stays in its state has none. */
export function edgesOf({ transitions }: Chart): readonly ChartEdge[] {
  const edges = new Map<string, ChartEdge & { readonly transitions: ChartMove[] }>();
  for (const move of transitions) {
    const { from, to } = move;
    if (to === null || to === from) continue;
    const id = edgeId(from, to);
    const edge = edges.get(id) ?? { id, from, to, transitions: [] };
    edges.set(id, edge);
    edge.transitions.push(move);
  }
  return [...edges.values()];
}

/** The transitions of a state that have no arrow. */
export function inPlaceOf({ transitions }: Chart, state: string): readonly ChartMove[] {
  return transitions.filter(({ from, to }) => from === state && (to === null || to === state));
}
