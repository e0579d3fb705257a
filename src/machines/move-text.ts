import type { ChartMove } from './chart-of.ts';

/** What stands beside an arrow: the event, and the guard that it asks. */
export function moveText({ label, guard }: ChartMove): string {
  return guard === undefined ? label : `${label} [${guard}]`;
}

/** The same with what it does: for where there is room. */
export function longMoveText(move: ChartMove): string {
  const { actions } = move;
  return actions.length === 0 ? moveText(move) : `${moveText(move)} / ${actions.join(', ')}`;
}
