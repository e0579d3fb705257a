/**
 * Charts as pictures: where everything stands, and SVG as data. What draws is pure, and works in browsers.
 * @module
 */
export { activeStates, takenTransitions } from './active-states.ts';
export { type ChartEdge, edgeId, edgesOf } from './chart-edges.ts';
export type {
  Box,
  ChartDirection,
  ChartLayout,
  PlacedEdge,
  PlacedInitial,
  PlacedLabel,
  PlacedState,
  Point,
} from './chart-layout.ts';
export { CHART_STYLE } from './chart-style.ts';
export { type ChartMarks, drawChart } from './draw-chart.ts';
export { type DrawnChart, RUN_CHART, SUPERVISOR_CHART } from './drawn-charts.ts';
export { chartFile } from './chart-file.ts';
export { svg, type SvgNode, svgText } from './svg-node.ts';
export { takenEdges, type TakenEdges } from './taken-edges.ts';
export type { Chart, ChartMove, ChartNode } from '../machines/chart-of.ts';
