import {
  type Chart,
  type ChartMarks,
  RUN_CHART,
  takenEdges,
  takenTransitions,
  activeStates,
} from '../../../diagram/index.ts';
import { countUntil, type LogModel } from './log-model.ts';

/** What is lit in the chart of runs at a moment. */
export function runMarks(model: LogModel, seq: number): ChartMarks & { readonly beat: number } {
  const path = model.movesUntil(seq);
  const now = path.at(-1);
  const { taken, last } = takenEdges(RUN_CHART.chart, path);
  const active = RUN_CHART.chart.states.filter(({ name }) => name === now?.to).map(({ id }) => id);
  return {
    active,
    taken,
    ...(last !== undefined && { last }),
    title: `The chart of the run, which is ${now?.to ?? 'not there yet'}`,
    beat: now?.seq ?? 0,
  };
}

/**
 * The same in the chart of a machine that does the work of a run. `known` keeps by `seq` what each transition
 * has taken, from one moment to the next: the log does not change, and finding it searches the chart.
 */
export function machineMarks(
  chart: Chart,
  model: LogModel,
  seq: number,
  known: Map<number, readonly string[]>,
): ChartMarks & { readonly beat: number } {
  const { machine } = model.parts;
  const until = countUntil(machine, seq);
  const taken: Record<string, number> = {};
  let last: string | undefined;
  for (const mention of machine.slice(0, until)) {
    const ids = known.get(mention.seq) ?? takenTransitions(chart, mention.event);
    known.set(mention.seq, ids);
    for (const id of ids) {
      taken[id] = (taken[id] ?? 0) + 1;
      last = id;
    }
  }
  const now = machine[until - 1];
  return {
    active: now === undefined ? [] : activeStates(chart, now.event),
    taken,
    ...(last !== undefined && { last }),
    title: `The chart of the machine ${chart.id}`,
    beat: now?.seq ?? 0,
  };
}
