// The thread of layoutChart: a layout takes up to a second of CPU, and runs are driven meanwhile.
import { parentPort, workerData } from 'node:worker_threads';
import ELK, { type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { type GraphNode, graphOf } from './chart-graph.ts';
import type { ChartLayout } from './chart-layout.ts';
import type { LayoutTask } from './layout-chart.ts';
import { placeChart, widthsOf } from './place-chart.ts';

async function layOut({ chart, direction }: LayoutTask, isInOrder: boolean): Promise<ChartLayout> {
  const elk = new ELK.default();
  const place = async (widths: ReadonlyMap<string, number>): Promise<GraphNode> => {
    const graph = graphOf(chart, { direction, widths, isInOrder });
    return (await elk.layout(graph as ElkNode)) as GraphNode;
  };
  // The first round shows how wide states with states inside get; their lines are wrapped to that.
  const widths = widthsOf(chart, await place(new Map()));
  return placeChart(chart, direction, await place(widths), widths);
}

const task = workerData as LayoutTask;
const layout = await layOut(task, true).catch(() => layOut(task, false));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, not ports
parentPort?.postMessage(layout);
