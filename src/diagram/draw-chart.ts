import type {
  ChartLayout,
  PlacedEdge,
  PlacedInitial,
  PlacedLabel,
  PlacedState,
} from './chart-layout.ts';
import { arrowHead, roundedPath } from './chart-path.ts';
import {
  DOT_RADIUS,
  LABEL_FONT,
  LABEL_HEIGHT,
  LINE_HEIGHT,
  NAME_FONT,
  NAME_HEIGHT,
  STATE_PADDING,
} from './chart-sizes.ts';
import { textWidth } from './measure-text.ts';
import { svg, type SvgNode } from './svg-node.ts';

/** What of a chart is to stand out. */
export interface ChartMarks {
  /** The ids of the states that a run is in. The states around them are marked as well. */
  readonly active?: readonly string[];
  /** How often an arrow or a transition was taken, by its id. */
  readonly taken?: Readonly<Record<string, number>>;
  /** The arrow or the transition that was taken last, by its id. */
  readonly last?: string;
  /** What the drawing is called for those who do not see it; the id of the chart without one. */
  readonly title?: string;
}

/**
 * A layout as SVG. Pure, and free of any page: the style is `CHART_STYLE`, and every element has its class.
 * States have `data-state`, arrows `data-edge` and lines of text `data-transition` with their ids.
 */
export function drawChart(layout: ChartLayout, marks: ChartMarks = {}): SvgNode {
  const { id, width, height, states, edges, initials } = layout;
  const active = withParents(states, marks.active ?? []);
  const around = new Set(states.map(({ parent }) => parent));
  const inner = (state: PlacedState): boolean => !around.has(state.id);
  const outer = states.filter((state) => !inner(state));
  const byWeight = edges.toSorted((a, b) => weightOf(a, marks) - weightOf(b, marks));
  return svg(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'data-chart': id,
    },
    [
      svg('title', {}, [marks.title ?? `State chart ${id}`]),
      svg('desc', {}, [descriptionOf(layout, marks)]),
      ...outer.map((state) => drawAround(state, active.has(state.id))),
      svg('g', { class: 'edges' }, [
        ...initials.map(drawInitial),
        ...byWeight.map((edge) => drawArrow(edge, marks)),
      ]),
      ...states.filter(inner).map((state) => drawState(state, active.has(state.id))),
      svg(
        'g',
        { class: 'labels' },
        byWeight.map((edge) => drawLabels(edge, marks)),
      ),
    ],
  );
}

function withParents(states: readonly PlacedState[], ids: readonly string[]): ReadonlySet<string> {
  const parents = new Map(states.map(({ id, parent }) => [id, parent]));
  const all = new Set<string>();
  for (const given of ids) {
    let id: string | null | undefined = given;
    while (typeof id === 'string') {
      all.add(id);
      id = parents.get(id);
    }
  }
  return all;
}

/** In words, for those who do not see it. */
function descriptionOf({ states, edges }: ChartLayout, { active = [] }: ChartMarks): string {
  const names = new Map(states.map(({ id, name }) => [id, name]));
  const ways = edges.map(
    ({ from, to, labels }) =>
      `${names.get(from)} to ${names.get(to)} on ${labels.map(({ title }) => title).join(' or ')}`,
  );
  const now = active.map((id) => names.get(id) ?? id);
  return [
    `States: ${[...names.values()].join(', ')}.`,
    ...(now.length === 0 ? [] : [`Now in ${now.join(', ')}.`]),
    ...(ways.length === 0 ? [] : [`Transitions: ${ways.join('; ')}.`]),
  ].join(' ');
}

function stateGroup(state: PlacedState, isActive: boolean, children: SvgNode[]): SvgNode {
  const { id, name, type } = state;
  const classes = ['state', `state-${type}`, ...(isActive ? ['state-active'] : [])].join(' ');
  return svg('g', { class: classes, 'data-state': id }, [svg('title', {}, [name]), ...children]);
}

function drawAround(state: PlacedState, isActive: boolean): SvgNode {
  const { x, y, width, header } = state;
  return stateGroup(state, isActive, [
    box('state-box', state),
    svg('path', { class: 'state-rule', d: `M${x + 1} ${y + header}H${x + width - 1}` }),
    ...textsOf(state, false),
  ]);
}

function drawState(state: PlacedState, isActive: boolean): SvgNode {
  const { type, x, y, width, height } = state;
  if (type === 'history') {
    const [cx, cy] = [x + width / 2, y + height / 2];
    return stateGroup(state, isActive, [
      svg('circle', { class: 'state-box', cx, cy, r: width / 2 - 1 }),
      svg('text', { class: 'state-name', x: cx, y: cy + 4.5, 'text-anchor': 'middle' }, ['H']),
    ]);
  }
  const ring = { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
  return stateGroup(state, isActive, [
    box('state-box', state),
    ...(type === 'final' ? [box('state-ring', ring, 6)] : []),
    ...textsOf(state, state.lines.length === 0),
  ]);
}

function box(
  name: string,
  { x, y, width, height }: Pick<PlacedState, 'x' | 'y' | 'width' | 'height'>,
  rx = 9,
): SvgNode {
  return svg('rect', { class: name, x, y, width, height, rx });
}

function textsOf({ name, lines, x, y, width, height }: PlacedState, isAlone: boolean): SvgNode[] {
  const [middle, left] = [x + width / 2, x + STATE_PADDING];
  const size = { 'font-size': NAME_FONT.size };
  if (isAlone) {
    const at = { x: middle, y: y + height / 2 + 4.5, 'text-anchor': 'middle' };
    return [svg('text', { class: 'state-name', ...at, ...size }, [name])];
  }
  return [
    svg('text', { class: 'state-name', x: left, y: y + 22, ...size }, [name]),
    ...lines.map((line, i) =>
      svg('text', { class: 'state-line', x: left, y: y + NAME_HEIGHT + 6 + i * LINE_HEIGHT }, [
        line,
      ]),
    ),
  ];
}

function drawInitial({ state, x, y, points }: PlacedInitial): SvgNode {
  return svg('g', { class: 'initial', 'data-initial': state }, [
    svg('circle', { class: 'initial-dot', cx: x, cy: y, r: DOT_RADIUS }),
    svg('path', { class: 'edge-line', d: roundedPath(points) }),
    svg('path', { class: 'edge-head', d: arrowHead(points) }),
  ]);
}

function countOf({ id, labels }: PlacedEdge, { taken = {} }: ChartMarks): number {
  const own = taken[id];
  if (own !== undefined) return own;
  const ids = new Set(labels.flatMap(({ transitions }) => transitions));
  return [...ids].reduce((sum, each) => sum + (taken[each] ?? 0), 0);
}

function isLast({ id, labels }: PlacedEdge, { last }: ChartMarks): boolean {
  if (last === undefined) return false;
  return id === last || labels.some(({ transitions }) => transitions.includes(last));
}

/** What was taken lies above what was not. */
function weightOf(edge: PlacedEdge, marks: ChartMarks): number {
  if (isLast(edge, marks)) return 2;
  return countOf(edge, marks) > 0 ? 1 : 0;
}

function classesOf(name: string, edge: PlacedEdge, marks: ChartMarks): string {
  const weight = weightOf(edge, marks);
  return [
    name,
    ...(weight > 0 ? [`${name}-taken`] : []),
    ...(weight > 1 ? [`${name}-last`] : []),
  ].join(' ');
}

function drawArrow(edge: PlacedEdge, marks: ChartMarks): SvgNode {
  return svg('g', { class: classesOf('edge', edge, marks), 'data-edge': edge.id }, [
    svg('path', { class: 'edge-line', d: roundedPath(edge.points) }),
    svg('path', { class: 'edge-head', d: arrowHead(edge.points) }),
  ]);
}

/** One card with a line for each event, and the count at its corner. */
function drawLabels(edge: PlacedEdge, marks: ChartMarks): SvgNode {
  const [first] = edge.labels;
  const last = edge.labels.at(-1);
  const attributes = { class: classesOf('label', edge, marks), 'data-edge': edge.id };
  if (first === undefined || last === undefined) return svg('g', attributes);
  const card = {
    x: first.x,
    y: first.y - 2,
    width: first.width,
    height: last.y + last.height - first.y + 4,
  };
  return svg('g', attributes, [
    box('label-box', card, 6),
    ...edge.labels.map((label) => drawLabel(label, marks)),
    ...drawCount(card.x + card.width, card.y, countOf(edge, marks)),
  ]);
}

function drawLabel(
  { text, title, transitions, x, y, width }: PlacedLabel,
  { taken = {}, last }: ChartMarks,
): SvgNode {
  const isTaken = transitions.some((id) => (taken[id] ?? 0) > 0 || id === last);
  const attributes = {
    class: isTaken ? 'label-text label-text-taken' : 'label-text',
    x: x + width / 2,
    y: y + LABEL_HEIGHT / 2 + 3.7,
    'text-anchor': 'middle',
    'data-transition': transitions.join(' '),
  };
  return svg('text', attributes, [text, svg('title', {}, [title])]);
}

function drawCount(right: number, top: number, count: number): SvgNode[] {
  if (count === 0) return [];
  const text = count > 9999 ? `${Math.floor(count / 1000)}k` : String(count);
  const width = Math.max(16, textWidth(text, { ...LABEL_FONT, bold: true }) + 9);
  const x = right - width / 2;
  return [
    svg('g', { class: 'count' }, [
      svg('title', {}, [`taken ${count} times`]),
      svg('rect', { class: 'count-box', x, y: top - 11, width, height: 16, rx: 8 }),
      svg(
        'text',
        { class: 'count-text', x: x + width / 2, y: top + 0.6, 'text-anchor': 'middle' },
        [text],
      ),
    ]),
  ];
}
