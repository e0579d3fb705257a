import {
  type ChartDirection,
  type ChartLayout,
  RUN_CHART,
  SUPERVISOR_CHART,
} from './diagram/index.ts';
import { layoutChart } from './diagram/layout-chart.ts';
import { RunchartError } from './errors.ts';
import { type Chart, chartOf } from './machines/index.ts';
import type { AnyDefinition } from './work/index.ts';

/** Which chart: that of every run, that of the runtime itself, or the machine of a definition. */
export type ChartName = 'run' | 'supervisor' | { readonly definition: string };

export interface ChartOptions {
  /** Which way its arrows go. `right` by default. */
  readonly direction?: ChartDirection;
}

/** A chart as data, and where everything stands in a drawing of it. */
export interface LaidOutChart {
  readonly chart: Chart;
  readonly layout: ChartLayout;
}

/** Finds charts, and lays each out once. Rejects with CHART_NOT_FOUND. */
export function createCharts(
  find: (definition: string) => AnyDefinition | undefined,
): (name: ChartName, options?: ChartOptions) => Promise<LaidOutChart> {
  const known = new Map<string, Promise<LaidOutChart>>();
  return async (name, { direction = 'right' } = {}) => {
    if (name === 'run') return { chart: RUN_CHART.chart, layout: RUN_CHART[direction] };
    if (name === 'supervisor') {
      return { chart: SUPERVISOR_CHART.chart, layout: SUPERVISOR_CHART[direction] };
    }
    const key = `${direction} ${name.definition}`;
    const laidOut = known.get(key) ?? chartOfDefinition(find, name.definition, direction);
    known.set(key, laidOut);
    // What failed may succeed the next time.
    laidOut.catch(() => known.delete(key));
    return laidOut;
  };
}

async function chartOfDefinition(
  find: (definition: string) => AnyDefinition | undefined,
  name: string,
  direction: ChartDirection,
): Promise<LaidOutChart> {
  const definition = find(name);
  if (definition?.machine === undefined) {
    const why =
      definition === undefined ? 'is not registered here' : 'is code, and no state machine';
    throw new RunchartError(
      'CHART_NOT_FOUND',
      `There is no chart of the definition "${name}": it ${why}. Its runs follow the chart of every run, "run".`,
    );
  }
  const chart = chartOf(definition.machine);
  return { chart, layout: await layoutChart(chart, { direction }) };
}
