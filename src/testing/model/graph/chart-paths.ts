import { getShortestPaths } from '@xstate/graph';
import type { SnapshotFrom } from 'xstate';
import { canonicalJson } from '../../../json.ts';
import type { RunEvent, RunMachine } from '../../../machines/index.ts';
import { TABLE_TYPES } from '../contract/status-table.ts';

/** One payload for every type, so that a rule in the wrong place has something to take. */
const PAYLOAD = {
  prompt: 'from the event',
  result: { answer: 42 },
  error: { name: 'Boom', message: 'it broke' },
  reason: 'waiting',
  wakeAtMs: 9000,
  interruptId: 'a',
  checks: [{ name: 'builds', status: 'failed', required: true }],
  attempt: 7,
} as const;

/** One event of each type of the status table, each with everything that a rule could take. */
export const GRAPH_EVENTS: readonly RunEvent[] = TABLE_TYPES.map((type) => ({ ...PAYLOAD, type }));

/** A state of the chart, and a shortest way to it. */
export interface ReachedState {
  readonly name: string;
  readonly chart: SnapshotFrom<RunMachine>;
  readonly path: readonly RunEvent[];
}

/**
 * Every state of the chart that the events lead to: status, which fields are decided, and what is
 * waited for. Values of decided fields and counters are left out: they change no later step.
 */
export function reachedStates(
  machine: RunMachine,
  events: readonly RunEvent[] = GRAPH_EVENTS,
): readonly ReachedState[] {
  // The events are given: by default the graph tries only types that the chart names, without payloads.
  // The key is reduced: by default it is the state with its whole context, whose values can be without end.
  const paths = getShortestPaths(machine, {
    events,
    serializeState: (state) => nameOf(state),
  });
  return paths.map(({ state, steps }) => ({
    name: nameOf(state),
    chart: state,
    // Only the events of a path count: the states that it names are spliced from other paths.
    path: steps.map(({ event }) => event).filter(({ type }) => type !== 'xstate.init'),
  }));
}

function nameOf({ value, context }: SnapshotFrom<RunMachine>): string {
  const { waiting, ...fields } = context;
  const decided = Object.entries(fields)
    .filter(([, field]) => field !== null && field !== '' && field !== 0)
    .map(([name]) => name);
  return [canonicalJson(value), ...decided, canonicalJson(waiting)].join(' ');
}

/** An event type that the chart takes in one of its innermost states. */
export interface ChartEdge {
  readonly state: string;
  readonly type: string;
}

/** What the chart says that it takes, the types of the states around included. */
export function edgesOf(machine: RunMachine): readonly ChartEdge[] {
  const edges: ChartEdge[] = [];
  const visit = (node: RunMachine['root'], outer: readonly string[]): void => {
    const taken = [...outer, ...node.ownEvents];
    const inside = Object.values(node.states);
    for (const child of inside) visit(child, taken);
    if (inside.length > 0) return;
    // A final state takes nothing of what is written around it; what is written on it is an edge all the same.
    const types = node.type === 'final' ? node.ownEvents : taken;
    for (const type of new Set(types)) edges.push({ state: node.key, type });
  };
  visit(machine.root, []);
  return edges;
}
