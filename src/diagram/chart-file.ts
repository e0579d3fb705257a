import type { ChartLayout } from './chart-layout.ts';
import { CHART_STYLE } from './chart-style.ts';
import { type ChartMarks, drawChart } from './draw-chart.ts';
import { svg, svgText } from './svg-node.ts';

/** A drawing as a file of its own: it has its style inside, and is light or dark as the reader has asked for. */
export function chartFile(layout: ChartLayout, marks: ChartMarks = {}): string {
  const chart = drawChart(layout, marks);
  const [title, desc, ...others] = chart.children;
  const children = [
    ...(title === undefined ? [] : [title]),
    ...(desc === undefined ? [] : [desc]),
    svg('style', {}, [CHART_STYLE]),
    svg('rect', { class: 'chart-back', width: '100%', height: '100%' }),
    ...others,
  ];
  return `${svgText({ ...chart, children })}\n`;
}
