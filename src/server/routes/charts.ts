import { laidOutChart } from '../schemas/charts.ts';
import * as requests from '../schemas/requests.ts';
import { type Route, route } from '../route.ts';

const common = {
  method: 'GET',
  query: requests.chart,
  status: 200,
  answer: laidOutChart,
  isLong: true,
} as const;

/** Charts, and where everything stands in drawings of them. */
export const CHART_ROUTES: readonly Route[] = [
  route({
    ...common,
    name: 'chartOfRuns',
    path: '/v1/charts/run',
    summary: 'The chart that every run follows.',
    params: {},
    handle: async ({ runtime, query }) => runtime.chart('run', query),
  }),
  route({
    ...common,
    name: 'chartOfSupervisor',
    path: '/v1/charts/supervisor',
    summary: 'The chart of the life of a runtime.',
    params: {},
    handle: async ({ runtime, query }) => runtime.chart('supervisor', query),
  }),
  route({
    ...common,
    name: 'chartOfDefinition',
    path: '/v1/charts/definitions/{definition}',
    summary: 'The state machine of a definition. CHART_NOT_FOUND where it has none.',
    params: { definition: requests.params.definition },
    handle: async ({ runtime, params: { definition }, query }) =>
      runtime.chart({ definition }, query),
  }),
];
