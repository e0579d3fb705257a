import type { Chart } from '../machines/chart-of.ts';
import { longMoveText, moveText } from '../machines/move-text.ts';
import { edgesOf } from './chart-edges.ts';
import {
  dotId,
  type GraphEdge,
  type GraphNode,
  headerOf,
  isAround,
  labelText,
  linesOf,
  nodeId,
} from './chart-graph.ts';
import type {
  Box,
  ChartDirection,
  ChartLayout,
  PlacedEdge,
  PlacedInitial,
  PlacedLabel,
  PlacedState,
  Point,
} from './chart-layout.ts';
import { DOT_RADIUS, LABEL_HEIGHT } from './chart-sizes.ts';

/** The layout of a chart, from the graph that was made of it and laid out. `widths` as they were given to it. */
export function placeChart(
  chart: Chart,
  direction: ChartDirection,
  graph: GraphNode,
  widths: ReadonlyMap<string, number>,
): ChartLayout {
  const boxes = new Map(nodesBelow(graph).map((node) => [node.id, boxOf(node)]));
  const edges = new Map((graph.edges ?? []).map((edge) => [edge.id, edge]));
  const { width, height } = boxOf(graph);
  const states = chart.states.map((state): PlacedState => {
    const { id, name, parent, type, initial } = state;
    const box = boxes.get(nodeId(id)) ?? missing(id);
    const room = isAround(chart, id) ? (widths.get(id) ?? box.width) : undefined;
    const lines = type === 'history' ? [] : linesOf(chart, state, direction, room);
    const header = isAround(chart, id) ? headerOf(lines) : box.height;
    return { id, name, parent, type, initial, ...box, header, lines };
  });
  const byId = new Map(states.map((state) => [state.id, state]));
  return {
    id: chart.id,
    direction,
    width,
    height,
    states,
    edges: edgesOf(chart).map((edge): PlacedEdge => {
      const { id, from, to, transitions } = edge;
      const placed = edges.get(id) ?? missing(id);
      const [block] = placed.labels;
      const at: Point = { x: rounded(block?.x), y: rounded(block?.y) + 2 };
      const labels = transitions.map((move, i): PlacedLabel => ({
        text: labelText(moveText(move), direction),
        title: longMoveText(move),
        x: at.x,
        y: at.y + i * LABEL_HEIGHT,
        width: rounded(block?.width),
        height: LABEL_HEIGHT,
        transitions: [move.id],
      }));
      return {
        id,
        from,
        to,
        points: belowHeaders(pointsOf(placed), byId.get(from), byId.get(to)),
        labels,
      };
    }),
    initials: chart.states
      .filter(({ initial }) => initial)
      .map(({ id }): PlacedInitial => {
        const { x, y } = boxes.get(dotId(id)) ?? missing(id);
        const points = pointsOf(edges.get(`initial ${id}`) ?? missing(id));
        return { state: id, x: x + DOT_RADIUS, y: y + DOT_RADIUS, points };
      }),
  };
}

/** How wide the states came out. */
export function widthsOf(chart: Chart, graph: GraphNode): ReadonlyMap<string, number> {
  const boxes = new Map(nodesBelow(graph).map((node) => [node.id, boxOf(node)]));
  return new Map(chart.states.map(({ id }) => [id, boxes.get(nodeId(id))?.width ?? 0]));
}

function nodesBelow(node: GraphNode): readonly GraphNode[] {
  return (node.children ?? []).flatMap((child) => [child, ...nodesBelow(child)]);
}

function boxOf({ x, y, width, height }: GraphNode): Box {
  return { x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) };
}

/** To half a unit: what is between nobody sees, and it would make the JSON longer. */
function rounded(value = 0): number {
  return Math.round(value * 2) / 2;
}

function pointsOf({ sections = [] }: GraphEdge): readonly Point[] {
  return sections
    .flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
    .map(({ x, y }) => ({ x: rounded(x), y: rounded(y) }));
}

function belowHeaders(
  points: readonly Point[],
  source: PlacedState | undefined,
  target: PlacedState | undefined,
): readonly Point[] {
  const began = belowHeader(points, source);
  return belowHeader(began.toReversed(), target).toReversed();
}

/** An arrow from the upper border of a state to what is inside begins below the name of the state. */
function belowHeader(points: readonly Point[], source: PlacedState | undefined): readonly Point[] {
  const [first, second] = points;
  if (first === undefined || second === undefined || source === undefined) return points;
  const top = source.y + source.header;
  const isInside = first.y <= source.y + 1 && second.y > top && first.x === second.x;
  return isInside ? [{ x: first.x, y: top }, ...points.slice(1)] : points;
}

function missing(id: string): never {
  throw new TypeError(`Expected a place for ${id}, got none`);
}
