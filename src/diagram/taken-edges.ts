import type { Chart } from '../machines/chart-of.ts';
import type { PathStep } from '../machines/explain-log.ts';
import { edgeId } from './chart-edges.ts';
import type { ChartMarks } from './draw-chart.ts';

/** Marks for a drawing: what was taken, how often, and what came last. */
export type TakenEdges = Required<Pick<ChartMarks, 'taken'>> & Pick<ChartMarks, 'last'>;

/**
 * What a run has taken of the chart of runs, from the path that `explain` tells. Counts are by the ids of arrows
 * and of transitions.
 */
export function takenEdges(chart: Chart, path: readonly PathStep[]): TakenEdges {
  const taken: Record<string, number> = {};
  let last: string | undefined;
  const count = (id: string): void => void (taken[id] = (taken[id] ?? 0) + 1);
  for (const { type, from, to } of path) {
    const source = chart.states.find(({ name }) => name === from);
    const target = chart.states.find(({ name }) => name === to);
    const move = chart.transitions
      .filter((each) => each.event === type && each.to === target?.id)
      // The one that is nearest to where the run was is the one that it took.
      .findLast((each) => source !== undefined && isWithin(source.id, each.from));
    if (move === undefined || move.to === null) continue;
    last = edgeId(move.from, move.to);
    count(last);
    count(move.id);
  }
  return { taken, ...(last !== undefined && { last }) };
}

function isWithin(id: string, around: string): boolean {
  return id === around || around === '' || id.startsWith(`${around}.`);
}
