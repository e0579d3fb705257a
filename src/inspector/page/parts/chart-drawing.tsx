import { h, type JSX, type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  CHART_STYLE,
  type ChartDirection,
  type ChartLayout,
  type ChartMarks,
  drawChart,
  type SvgNode,
} from '../../../diagram/index.ts';

// The policy of the page allows no style in its elements; a sheet that is made here is none.
const sheet = new CSSStyleSheet();
sheet.replaceSync(CHART_STYLE);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

/** Below this width, in pixels, a chart goes down instead of to the right. */
const NARROW = 560;

export interface ChartDrawingProps {
  readonly layouts: Readonly<Record<ChartDirection, ChartLayout>>;
  readonly marks: ChartMarks;
  /** Changes with every transition that is to be seen moving. */
  readonly beat?: string | number;
}

/** A chart as the command line draws it, with what moves now. */
export function ChartDrawing({ layouts, marks, beat }: ChartDrawingProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [direction, setDirection] = useState<ChartDirection>('right');
  useEffect(() => {
    const look = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setDirection(entry.contentRect.width < NARROW ? 'down' : 'right');
    });
    if (box.current !== null) look.observe(box.current);
    return () => look.disconnect();
  }, []);
  const layout = layouts[direction];
  return (
    <div class="chart-box" ref={box}>
      {vnodeOf(drawChart(layout, marks))}
      <Beat layout={layout} last={marks.last} beat={beat} />
    </div>
  );
}

function vnodeOf({ tag, attributes, children }: SvgNode, key?: number): VNode {
  const inner = children.map((child, index) =>
    typeof child === 'string' ? child : vnodeOf(child, index),
  );
  return h(tag, { ...attributes, key }, ...inner);
}

/** A dot that runs along the arrow that was taken last. */
function Beat({
  layout,
  last,
  beat,
}: {
  readonly layout: ChartLayout;
  readonly last: string | undefined;
  readonly beat: string | number | undefined;
}): JSX.Element | null {
  const edge = layout.edges.find(
    ({ id, labels }) =>
      id === last || labels.some(({ transitions }) => transitions.includes(last ?? '')),
  );
  const dot = useRef<SVGCircleElement>(null);
  useEffect(() => {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (edge === undefined || dot.current === null || isStill) return undefined;
    return run(dot.current, edge.points);
  }, [beat, edge]);
  if (edge === undefined) return null;
  return (
    <svg
      class="chart-beat"
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      width={layout.width}
      aria-hidden="true"
    >
      <circle ref={dot} r="5" cx="-20" cy="-20" />
    </svg>
  );
}

const BEAT_MS = 700;

function run(
  dot: SVGCircleElement,
  points: readonly { readonly x: number; readonly y: number }[],
): () => void {
  const frames = points.map(({ x, y }) => ({ transform: `translate(${x + 20}px, ${y + 20}px)` }));
  const animation = dot.animate(frames, { duration: BEAT_MS, easing: 'ease-in-out' });
  return () => animation.cancel();
}
