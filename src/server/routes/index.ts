import type { Route } from '../route.ts';
import { CHART_ROUTES } from './charts.ts';
import { EVENT_ROUTES } from './events.ts';
import { OUTPUT_ROUTES } from './outputs.ts';
import { RUN_ROUTES } from './runs.ts';
import { STATE_ROUTES } from './state.ts';
import { UPKEEP_ROUTES } from './upkeep.ts';

/** Every operation. */
export const ROUTES: readonly Route[] = [
  ...RUN_ROUTES,
  ...EVENT_ROUTES,
  ...OUTPUT_ROUTES,
  ...STATE_ROUTES,
  ...CHART_ROUTES,
  ...UPKEEP_ROUTES,
];
