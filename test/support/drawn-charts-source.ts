import type { AnyStateMachine } from 'xstate';
import { layoutChart } from '../../src/diagram/layout-chart.ts';
import { chartOf } from '../../src/machines/chart-of.ts';

const HEAD = `// Made by \`node scripts/draw-charts.ts\`, and not to be changed by hand.
import type { Chart } from '../machines/chart-of.ts';
import type { ChartLayout } from './chart-layout.ts';

/** A chart with both of its layouts. */
export interface DrawnChart {
  readonly chart: Chart;
  readonly right: ChartLayout;
  readonly down: ChartLayout;
}
`;

/** The text of src/diagram/drawn-charts.ts. */
export async function drawnChartsSource(
  machines: Readonly<Record<string, AnyStateMachine>>,
): Promise<string> {
  const parts = Object.entries(machines).map(async ([name, machine]) => {
    const chart = chartOf(machine);
    const right = await layoutChart(chart, { direction: 'right' });
    const down = await layoutChart(chart, { direction: 'down' });
    return `\nexport const ${name}: DrawnChart = ${textOf({ chart, right, down })};\n`;
  });
  return HEAD + (await Promise.all(parts)).join('');
}

/** JSON with a line for each member of a list, so that a change is seen where it is. */
function textOf(drawn: Readonly<Record<string, object>>): string {
  const members = Object.entries(drawn).map(([key, value]) => {
    const inner = Object.entries(value).map(([name, each]) => {
      if (!Array.isArray(each)) return `    ${name}: ${JSON.stringify(each)},\n`;
      const lines = each.map((one) => `      ${JSON.stringify(one)},\n`);
      return `    ${name}: [\n${lines.join('')}    ],\n`;
    });
    return `  ${key}: {\n${inner.join('')}  },\n`;
  });
  return `{\n${members.join('')}}`;
}
