import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Chart } from '../machines/chart-of.ts';
import type { ChartDirection, ChartLayout } from './chart-layout.ts';

export interface LayoutOptions {
  /** `right` by default. */
  readonly direction?: ChartDirection;
}

export interface LayoutTask {
  readonly chart: Chart;
  readonly direction: ChartDirection;
}

/**
 * Finds a place for everything in a chart. The same chart gets the same places.
 *
 * It is done by a thread of its own, as it takes up to a second of CPU: whoever drives runs is not held up.
 * Keep the answer. Rejects with what the layout throws.
 */
export function layoutChart(
  chart: Chart,
  { direction = 'right' }: LayoutOptions = {},
): Promise<ChartLayout> {
  const file = new URL(`./layout-thread${extname(import.meta.url)}`, import.meta.url);
  const task: LayoutTask = { chart, direction };
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task });
    worker.once('message', (layout: ChartLayout) => {
      resolve(layout);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`The thread that lays out chart ${chart.id} ended with code ${code}.`)),
    );
  });
}
