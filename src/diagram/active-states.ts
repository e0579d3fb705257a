import type { Json } from '../json.ts';
import type { Chart, ChartMove } from '../machines/chart-of.ts';
import type { RunEvent } from '../machines/run-events.ts';

/**
 * The states that a machine is in after an event `machine.transitioned`, by their ids: the innermost ones.
 * Empty for any other event.
 */
export function activeStates(chart: Chart, event: RunEvent): readonly string[] {
  if (event.type !== 'machine.transitioned') return [];
  const known = new Set(chart.states.map(({ id }) => id));
  return leavesOf((event['to'] ?? null) as Json).filter((id) => known.has(id));
}

/**
 * The transitions that an event `machine.transitioned` stands for, by their ids, with those that followed by
 * themselves. The log has no guards: of several that lead where the machine went it is the first.
 */
export function takenTransitions(chart: Chart, event: RunEvent): readonly string[] {
  if (event.type !== 'machine.transitioned') return [];
  const cause = event['event'] as { readonly type?: unknown } | null | undefined;
  const type = typeof cause?.type === 'string' ? cause.type : '';
  const before = leavesOf((event['from'] ?? null) as Json);
  const after = new Set(activeStates(chart, event).flatMap((id) => [id, ...around(chart, id)]));
  const taken = new Set<string>();
  for (const leaf of before) {
    for (const state of [leaf, ...around(chart, leaf)]) {
      const ways = chart.transitions
        .filter((move) => move.from === state && isFor(move.event, type))
        .map((move) => wayTo(chart, move, leaf, after));
      const way = ways.find((each) => each !== undefined);
      for (const { id } of way ?? []) taken.add(id);
      if (way !== undefined) break;
    }
  }
  return [...taken];
}

/** The ids of the innermost states of a state value of XState. */
function leavesOf(value: Json, path = ''): readonly string[] {
  const below = (key: string): string => {
    const escaped = key.replaceAll(/[\\.]/gu, '\\$&');
    return path === '' ? escaped : `${path}.${escaped}`;
  };
  if (typeof value === 'string') return [below(value)];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const inner = Object.entries(value as Readonly<Record<string, Json>>);
  if (inner.length === 0) return path === '' ? [] : [path];
  return inner.flatMap(([key, each]) => leavesOf(each, below(key)));
}

/** The states around one, from the inside out. */
function around({ states }: Chart, id: string): readonly string[] {
  const parents: string[] = [];
  let parent = states.find((state) => state.id === id)?.parent;
  while (typeof parent === 'string') {
    parents.push(parent);
    const next: string = parent;
    parent = states.find((state) => state.id === next)?.parent;
  }
  return parents;
}

/** As XState compares them: `*` is any event, `a.*` any that begins with `a.`. */
function isFor(pattern: string, type: string): boolean {
  if (pattern === type || pattern === '*') return true;
  return pattern.endsWith('.*') && `${type}.`.startsWith(pattern.slice(0, -1));
}

/** The transition and what follows it by itself until the machine is where it went; undefined if it leads elsewhere. */
function wayTo(
  chart: Chart,
  first: ChartMove,
  leaf: string,
  after: ReadonlySet<string>,
): readonly ChartMove[] | undefined {
  if (first.to === null) return after.has(leaf) ? [first] : undefined;
  const seen = new Set<string>();
  const ways: (readonly ChartMove[])[] = [[first]];
  for (const way of ways) {
    const to = way.at(-1)?.to;
    if (typeof to !== 'string' || seen.has(to)) continue;
    seen.add(to);
    const entered = enteredBy(chart, to);
    if (isWhere(chart, entered, after)) return way;
    // A state that was entered may end the ones around it.
    const next = chart.transitions.filter(({ from, event }) =>
      event === '' ? entered.includes(from) : isEnd(event) && around(chart, to).includes(from),
    );
    ways.push(...next.map((move) => [...way, move]));
  }
  // Inside it may have gone on in a way that the chart alone does not tell.
  return after.has(first.to) ? [first] : undefined;
}

function isWhere(chart: Chart, entered: readonly string[], after: ReadonlySet<string>): boolean {
  const last = chart.states.find(({ id }) => id === entered.at(-1));
  if (last === undefined) return false;
  // What a history state leads to was remembered; something inside of its parent.
  return last.type === 'history' ? after.has(last.parent ?? '') : after.has(last.id);
}

/** What a transition enters, from the outside in, as far as there is one way. */
function enteredBy(chart: Chart, id: string): readonly string[] {
  const entered = [id];
  for (let at: string | undefined = id; at !== undefined;) {
    const inside: string = at;
    at = chart.states.find(({ parent, initial }) => initial && parent === inside)?.id;
    if (at !== undefined) entered.push(at);
  }
  return entered;
}

function isEnd(event: string): boolean {
  return event.startsWith('xstate.done.state.');
}
