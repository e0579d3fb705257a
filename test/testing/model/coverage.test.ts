import { getShortestPaths, getSimplePaths } from '@xstate/graph';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import {
  ALPHABET,
  type RunEvent,
  runMachine,
  type RunMachine,
} from '../../../src/machines/index.ts';
import {
  COLUMNS,
  coverage,
  coverageTable,
  GRAPH_EVENTS,
  reachedStates,
  STATUS_TABLE,
  TABLE_TYPES,
} from '../../../src/testing/model/index.ts';

type Config = { states: Record<string, Node>; [key: string]: unknown };
type Node = { on?: Record<string, unknown>; states?: Record<string, Node>; [key: string]: unknown };

/** The chart with something done to a copy of its config. */
function changed(change: (states: Record<string, Node>) => void): RunMachine {
  const { context, ...rest } = runMachine.config;
  const config = structuredClone(rest) as unknown as Config;
  change(config.states);
  const machine = createMachine({ ...config, context } as never);
  return machine.provide(runMachine.implementations as never) as unknown as RunMachine;
}

const activeOf = (states: Record<string, Node>): Node => states['active'] as Node;

describe('coverage', () => {
  const covered = coverage();

  it('takes every event in every status, and in every state that can be reached', () => {
    expect(covered.transitions).toHaveLength(COLUMNS.length * TABLE_TYPES.length);
    const states = covered.statuses.reduce((sum, { states }) => sum + states, 0);
    expect(covered.paths).toBe(states * TABLE_TYPES.length);
    // Driven, parked or woken, with an interrupt or without: of each status with each field decided or not.
    expect(covered.statuses.map(({ states }) => states)).toEqual([24, 48, 48, 48, 8, 8, 8]);
  });

  it('leads where the table says', () => {
    const to = covered.transitions.map(({ from, type, to }) => `${from} ${type} ${to}`);
    const expected = STATUS_TABLE.map(
      ({ from, type, outcome }) => `${from} ${type} ${outcome === 'late' ? from : outcome}`,
    );
    expect(to.toSorted()).toEqual(expected.toSorted());
  });

  it('says of each event whether it moves the run, comes early, comes late or is refused', () => {
    const verdict = (from: string, type: string) =>
      covered.transitions.find((each) => each.from === from && each.type === type)?.verdict;
    expect(verdict('planning', 'planning.completed')).toBe('moves');
    expect(verdict('created', 'planning.completed')).toBe('early');
    expect(verdict('verifying', 'verification.reported')).toBe('stays');
    expect(verdict('cancelled', 'run.completed')).toBe('late');
    expect(verdict('executing', 'run.created')).toBe('refused');
    expect(verdict('executing', 'constructor')).toBe('stays');
  });

  it('makes a table with a line for each event type', () => {
    const lines = coverageTable(covered).split('\n');
    expect(
      TABLE_TYPES.filter((type) => !lines.some((line) => line.startsWith(`| \`${type}\``))),
    ).toEqual([]);
  });
});

describe('coverage fails', () => {
  it('when an edge of the chart is left out of the events', () => {
    const events = GRAPH_EVENTS.filter(({ type }) => type !== 'attempt.ended');
    expect(() => coverage({ events })).toThrow(
      /edge "attempt.ended" from created is covered by no/,
    );
  });

  it('when the chart takes an event that the contract does not know', () => {
    const machine = changed((states) => {
      activeOf(states).on = { ...activeOf(states).on, 'run.paused': { target: '.created' } };
    });
    expect(() => coverage({ machine })).toThrow(/edge "run.paused" from executing/);
  });

  it('when no event leads to a status', () => {
    const events = GRAPH_EVENTS.filter(({ type }) => type !== 'verification.started');
    expect(() => coverage({ events })).toThrow(/no path leads to verifying/);
  });

  it('when one transition of the chart leads elsewhere', () => {
    const machine = changed((states) => {
      activeOf(states).on = { ...activeOf(states).on, 'tool.started': { target: '.verifying' } };
    });
    expect(() => coverage({ machine })).toThrow(
      /\+ tool.started: the chart has status "verifying", the model "executing"/,
    );
  });

  it('when one rule of the chart is missing', () => {
    const machine = changed((states) => {
      activeOf(states).on = { ...activeOf(states).on, 'signal.received': {} };
    });
    expect(() => coverage({ machine })).toThrow(/\+ signal.received: the chart has waiting/);
  });

  it('when there is a way out of the end', () => {
    const machine = changed((states) => {
      states['cancelled'] = { tags: 'terminal', on: { 'run.completed': 'completed' } };
    });
    expect(() => coverage({ machine })).toThrow(/cancelled/);
  });
});

// What the walk is built around. When one of these changes with the package, the walk can be simpler.
describe('@xstate/graph, as it is installed', () => {
  const events: readonly RunEvent[] = [...ALPHABET, 'log'].map((type) => ({
    ...GRAPH_EVENTS[0],
    type,
  }));
  const byValue = {
    events,
    serializeState: ({ value }: { value: unknown }) => JSON.stringify(value),
  };
  const typesIn = (paths: readonly { readonly steps: readonly { readonly event: RunEvent }[] }[]) =>
    new Set(paths.flatMap(({ steps }) => steps.map(({ event }) => event.type)));

  it('tries only the types that the chart names, without payloads, unless the events are given', () => {
    const without = getShortestPaths(runMachine);
    expect(typesIn(without)).not.toContain('log');
    expect(without.every(({ state }) => state.context.prompt === '')).toBe(true);
    expect(without.length).toBeLessThan(reachedStates(runMachine).length / 5);
  });

  it('keeps out of shortest paths by value what leads back to the same state', () => {
    const types = typesIn(getShortestPaths(runMachine, byValue));
    for (const type of ['log', 'attempt.ended', 'planning.completed'])
      expect(types).not.toContain(type);
  });

  it('has simple paths by value too few for the states: none ever comes back to decide a field', () => {
    const types = typesIn(getSimplePaths(runMachine, byValue));
    expect(types).not.toContain('interrupt.requested');
  });

  it('throws at its limit, and gives no paths at all then', () => {
    expect(() => getShortestPaths(runMachine, { ...byValue, limit: 3 })).toThrow('Traversal limit');
  });

  it('makes a state of each value in the context by default: more payloads, more states', () => {
    const two = [1, 2].map((attempt) => ({ type: 'attempt.started', attempt }));
    const ten = Array.from({ length: 10 }, (_, i) => ({ type: 'attempt.started', attempt: i + 1 }));
    const count = (given: readonly RunEvent[]) =>
      getShortestPaths(runMachine, { events: given }).length;
    expect(count(ten)).toBeGreaterThan(3 * count(two));
    expect(reachedStates(runMachine, ten)).toHaveLength(reachedStates(runMachine, two).length);
  });
});
