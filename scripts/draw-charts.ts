/**
 * Writes src/diagram/drawn-charts.ts: the charts that every runtime has, laid out. A test says when that is due.
 * `node scripts/draw-charts.ts`
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { supervisorMachine } from '../src/actors/supervisor-machine.ts';
import { drawnChartsSource } from '../test/support/drawn-charts-source.ts';
import { runMachine } from '../src/machines/index.ts';

const file = fileURLToPath(new URL('../src/diagram/drawn-charts.ts', import.meta.url));
await writeFile(
  file,
  await drawnChartsSource({ RUN_CHART: runMachine, SUPERVISOR_CHART: supervisorMachine }),
);
