import {
  type RunEvent,
  runMachine,
  type RunMachine,
  type RunStatus,
  statusOf,
} from '../../../machines/index.ts';
import { COLUMNS, type Verdict, verdictOf } from '../contract/status-table.ts';
import { edgesOf, GRAPH_EVENTS, type ReachedState, reachedStates } from './chart-paths.ts';
import { beginLockStep, disagreements, type LockStep, stepped } from './lock-step.ts';

export interface CoverageOptions {
  /** The chart to walk; that of runchart by default. */
  readonly machine?: RunMachine;
  /** One of each type that is to be tried, with payloads; those of the status table by default. */
  readonly events?: readonly RunEvent[];
}

/** A status, and in how many states it was reached: by which fields are decided, and what is waited for. */
export interface CoveredStatus {
  readonly status: RunStatus;
  readonly states: number;
}

export interface CoveredTransition {
  readonly type: string;
  readonly from: RunStatus;
  readonly to: RunStatus;
  readonly verdict: Verdict;
}

/** What was walked. Of each transition it was checked that chart, live actor, fold and model agree. */
export interface Coverage {
  readonly statuses: readonly CoveredStatus[];
  /** Each event type in each status, once. */
  readonly transitions: readonly CoveredTransition[];
  /** A shortest way to each state, with each event at its end. */
  readonly paths: number;
  readonly steps: number;
  readonly longestPath: number;
}

/** How many sentences an error of `coverage` has at most. */
const MAX_REASONS = 10;

/**
 * Walks the chart: every event in every state that can be reached, the chart, a live actor, the fold and
 * the model side by side. Throws an error that says what is wrong when they disagree, when a status is
 * not reached, or when an edge that the chart has is not covered by the events.
 */
export function coverage(options: CoverageOptions = {}): Coverage {
  const { machine = runMachine, events = GRAPH_EVENTS } = options;
  const states = reachedStates(machine, events);
  const reached = countsOf(states);
  fail([...gaps(machine, events, reached)]);
  const { transitions, steps } = walk(machine, states, events);
  return {
    statuses: COLUMNS.map((status) => ({ status, states: reached.get(status) ?? 0 })),
    transitions: transitions.toSorted(byTypeAndColumn(events)),
    paths: states.length * events.length,
    steps,
    longestPath: Math.max(...states.map(({ path }) => path.length)) + 1,
  };
}

/** Goes to each state along its path, and takes each event from there. */
function walk(
  machine: RunMachine,
  states: readonly ReachedState[],
  events: readonly RunEvent[],
): { readonly transitions: readonly CoveredTransition[]; readonly steps: number } {
  const reasons = new Set<string>();
  const transitions = new Map<string, CoveredTransition>();
  let steps = 0;
  const take = (before: LockStep, event: RunEvent): LockStep => {
    const after = stepped(machine, before, event);
    for (const reason of disagreements(machine, before, event, after)) reasons.add(reason);
    if (reasons.size >= MAX_REASONS) fail([...reasons]);
    const { type } = event;
    const [from, to] = [before.model.status, after.model.status];
    transitions.set(`${from} ${type}`, { type, from, to, verdict: verdictOf(from, type) });
    steps += 1;
    return after;
  };
  for (const { path } of states) {
    const there = path.reduce(take, beginLockStep(machine));
    // Shortest paths know nothing of events that lead back to the same state: all are tried here.
    for (const event of events) take(there, event);
  }
  fail([...reasons]);
  return { transitions: [...transitions.values()], steps };
}

function countsOf(states: readonly ReachedState[]): ReadonlyMap<RunStatus, number> {
  const counts = new Map<RunStatus, number>();
  for (const { chart } of states) {
    const status = statusOf(chart.value);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

/** What no path can cover: the rest is covered, as each event is taken in each state that is reached. */
function* gaps(
  machine: RunMachine,
  events: readonly RunEvent[],
  reached: ReadonlyMap<string, number>,
): Generator<string> {
  const types = new Set(events.map(({ type }) => type));
  for (const status of COLUMNS) if (!reached.has(status)) yield `no path leads to ${status}`;
  for (const { state, type } of edgesOf(machine)) {
    if (reached.has(state) && types.has(type)) continue;
    yield `the edge "${type}" from ${state} is covered by no path`;
  }
}

/** Throws an error with these reasons, if there are any. */
function fail(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  const more = reasons.length > MAX_REASONS ? ['and more'] : [];
  const said = [...reasons.slice(0, MAX_REASONS), ...more].join('; ');
  throw new Error(`The chart is not covered, or not agreed on: ${said}.`);
}

function byTypeAndColumn(
  events: readonly RunEvent[],
): (a: CoveredTransition, b: CoveredTransition) => number {
  const rank = new Map(events.map(({ type }, i) => [type, i]));
  const place = ({ type, from }: CoveredTransition): number =>
    (rank.get(type) ?? 0) * COLUMNS.length + COLUMNS.indexOf(from);
  return (a, b) => place(a) - place(b);
}
