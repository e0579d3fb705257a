import type { Chart, ChartNode } from '../machines/chart-of.ts';
import { longMoveText, moveText } from '../machines/move-text.ts';
import { edgesOf, inPlaceOf } from './chart-edges.ts';
import type { ChartDirection } from './chart-layout.ts';
import {
  DOT_RADIUS,
  HISTORY_SIZE,
  LABEL_FONT,
  LABEL_HEIGHT,
  LABEL_PADDING,
  LINE_FONT,
  LINE_HEIGHT,
  LINES_END,
  MARGIN,
  NAME_FONT,
  NAME_HEIGHT,
  STATE_PADDING,
} from './chart-sizes.ts';
import { cutText, textWidth, wrapWords } from './measure-text.ts';

/** What the layout works on, and what it answers: the JSON of ELK, as far as it is used. */
export interface GraphNode {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly x?: number;
  readonly y?: number;
  readonly layoutOptions?: Readonly<Record<string, string>>;
  readonly children?: readonly GraphNode[];
  readonly edges?: readonly GraphEdge[];
}

export interface GraphEdge {
  readonly id: string;
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly labels: readonly GraphLabel[];
  readonly layoutOptions?: Readonly<Record<string, string>>;
  readonly sections?: readonly {
    readonly startPoint: { readonly x: number; readonly y: number };
    readonly bendPoints?: readonly { readonly x: number; readonly y: number }[];
    readonly endPoint: { readonly x: number; readonly y: number };
  }[];
}

interface GraphLabel {
  readonly text: string;
  readonly width: number;
  readonly height: number;
  readonly layoutOptions?: Readonly<Record<string, string>>;
  readonly x?: number;
  readonly y?: number;
}

/** The widest that a line in a box or on an arrow may be. */
const MAX_LINE = { right: 240, down: 170 } as const;
/** The lines of a state with states inside are wrapped to its width, which is at least this. */
const MIN_WRAP = { right: 250, down: 200 } as const;

/** Between the border of a state and what is inside. */
const INSIDE = { right: 16, down: 12 } as const;

const IN_ORDER = {
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.layered.crossingMinimization.forceNodeModelOrder': 'true',
};

/** What holds for both directions. */
const COMMON = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.thoroughness': '20',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

/** In a narrow drawing everything moves together sideways, in a wide one along the way. */
const OPTIONS = {
  right: {
    ...COMMON,
    'elk.direction': 'RIGHT',
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    'elk.layered.nodePlacement.favorStraightEdges': 'true',
    'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'SPACE_EFFICIENT_LAYER',
    'elk.spacing.nodeNode': '18',
    'elk.spacing.edgeNode': '14',
    'elk.spacing.edgeEdge': '12',
    'elk.spacing.labelNode': '8',
    'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  },
  down: {
    ...COMMON,
    'elk.direction': 'DOWN',
    'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
    'elk.spacing.nodeNode': '10',
    'elk.spacing.edgeNode': '8',
    'elk.spacing.edgeEdge': '8',
    'elk.spacing.labelNode': '4',
    'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  },
} as const;

/** Where something has to point back, it is rather what points back in the machine as well. */
const FORWARD = { 'elk.layered.priority.direction': '10' };
const ON_THE_LINE = { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' };

export interface GraphOptions {
  readonly direction: ChartDirection;
  /** How wide the states with states inside came out, as far as that is known. */
  readonly widths: ReadonlyMap<string, number>;
  /** True: what stands first in the machine comes first. ELK 0.12.1 throws on some charts then. */
  readonly isInOrder: boolean;
}

/** A chart as a graph for ELK. */
export function graphOf(chart: Chart, { direction, widths, isInOrder }: GraphOptions): GraphNode {
  const options = isInOrder ? { ...OPTIONS[direction], ...IN_ORDER } : OPTIONS[direction];
  const order = chart.states.map(({ id }) => id);
  const edges = edgesOf(chart).map(({ id, from, to, transitions }) => {
    const texts = transitions.map((move) => labelText(moveText(move), direction));
    const width = Math.max(...texts.map((text) => textWidth(text, LABEL_FONT)));
    const size = { width: width + 2 * LABEL_PADDING, height: texts.length * LABEL_HEIGHT + 4 };
    const label = { text: texts.join('\n'), ...size, layoutOptions: ON_THE_LINE };
    const isForward = order.indexOf(from) < order.indexOf(to);
    return edge(id, nodeId(from), nodeId(to), [label], isForward ? FORWARD : {});
  });
  const dots = chart.states
    .filter(({ initial }) => initial)
    .map(({ id }) => edge(`initial ${id}`, dotId(id), nodeId(id), [], FORWARD));
  const children = nodesIn({ chart, direction, widths, options }, null);
  return {
    id: 'chart',
    layoutOptions: { ...options, 'elk.padding': padding(MARGIN, MARGIN) },
    children,
    edges: [...dots, ...edges, ...hintsOf(chart)],
  };
}

export const nodeId = (state: string): string => `state ${state}`;
export const dotId = (state: string): string => `dot ${state}`;

/** What stands in the box of a state below its name. */
export function linesOf(
  chart: Chart,
  state: ChartNode,
  direction: ChartDirection,
  width?: number,
): readonly string[] {
  const { id, invokes = [], entry = [], exit = [] } = state;
  const moves = inPlaceOf(chart, id).map((move) =>
    move.reenters === true ? `${longMoveText(move)} (anew)` : moveText(move),
  );
  const about = [
    ...invokes.map((name) => `runs ${name}`),
    ...entry.map((name) => `entry / ${name}`),
    ...exit.map((name) => `exit / ${name}`),
  ];
  const max = MAX_LINE[direction];
  if (width === undefined) {
    return [...about, ...moves].map((line) => cutText(line, max, LINE_FONT));
  }
  const room = width - 2 * STATE_PADDING;
  const words = moves.length === 0 ? [] : [`stays on ${moves[0]}`, ...moves.slice(1)];
  return [
    ...about.map((line) => cutText(line, room, LINE_FONT)),
    ...wrapWords(words, room, LINE_FONT),
  ];
}

/** How high the part with name and lines is. */
export function headerOf(lines: readonly string[]): number {
  return lines.length === 0
    ? NAME_HEIGHT
    : NAME_HEIGHT + lines.length * LINE_HEIGHT + LINES_END - 6;
}

/** A line of a label, cut to the room that there is. */
export function labelText(text: string, direction: ChartDirection): string {
  return cutText(text, MAX_LINE[direction], LABEL_FONT);
}

/**
 * Arrows that are not drawn. States that are entered from the border of the one around them would all stand in
 * one row; so each follows the one that stands before it in the machine.
 */
function hintsOf(chart: Chart): GraphEdge[] {
  const edges = edgesOf(chart);
  return chart.states.flatMap(({ id, parent }) => {
    const siblings = chart.states.filter((state) => state.parent === parent);
    const before = siblings[siblings.findIndex((state) => state.id === id) - 1];
    const into = edges.filter(({ to }) => to === id);
    const isOnlyFromAround = into.length > 0 && into.every(({ from }) => from === parent);
    if (before === undefined || !isOnlyFromAround) return [];
    return [edge(`hint ${id}`, nodeId(before.id), nodeId(id), [])];
  });
}

interface Making extends Pick<GraphOptions, 'direction' | 'widths'> {
  readonly chart: Chart;
  readonly options: Readonly<Record<string, string>>;
}

function nodesIn(making: Making, parent: string | null): GraphNode[] {
  const { chart } = making;
  const states = chart.states.filter((state) => state.parent === parent);
  const dots = states
    .filter(({ initial }) => initial)
    .map(({ id }) => ({ id: dotId(id), width: 2 * DOT_RADIUS, height: 2 * DOT_RADIUS }));
  return [...dots, ...states.map((state) => nodeOf(making, state))];
}

function nodeOf(making: Making, state: ChartNode): GraphNode {
  const { chart, direction, widths, options } = making;
  const { id, name, type } = state;
  if (type === 'history') return { id: nodeId(id), width: HISTORY_SIZE, height: HISTORY_SIZE };
  const nameWidth = textWidth(name, NAME_FONT) + 2 * STATE_PADDING;
  if (!isAround(chart, id)) {
    const lines = linesOf(chart, state, direction);
    const lineWidths = lines.map((line) => textWidth(line, LINE_FONT) + 2 * STATE_PADDING);
    const width = Math.max(72, nameWidth, ...lineWidths);
    return { id: nodeId(id), width, height: headerOf(lines) };
  }
  const width = Math.max(widths.get(id) ?? 0, nameWidth, MIN_WRAP[direction]);
  const lines = linesOf(chart, state, direction, width);
  const min = lines.length === 0 ? nameWidth : width;
  return {
    id: nodeId(id),
    layoutOptions: {
      ...options,
      'elk.padding': padding(headerOf(lines) + 14, INSIDE[direction]),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // As ELK sees it before it turns the drawing into its direction.
      'elk.nodeSize.minimum': direction === 'right' ? `(${min}, 0)` : `(0, ${min})`,
    },
    children: nodesIn(making, id),
  };
}

/** True for a state with states inside. */
export function isAround({ states }: Chart, id: string): boolean {
  return states.some(({ parent }) => parent === id);
}

function padding(top: number, others: number): string {
  return `[top=${top},left=${others},bottom=${others},right=${others}]`;
}

function edge(
  id: string,
  source: string,
  target: string,
  labels: GraphLabel[],
  layoutOptions: GraphEdge['layoutOptions'] = {},
): GraphEdge {
  return { id, sources: [source], targets: [target], labels, layoutOptions };
}
