import { describe, expect, it } from 'vitest';
import { createMachine, getInitialSnapshot, getNextSnapshot } from 'xstate';
import { defineRun } from '../../src/index.ts';
import {
  activeStates,
  edgeId,
  RUN_CHART,
  takenEdges,
  takenTransitions,
} from '../../src/diagram/index.ts';
import { chartOf, explainLog, type RunEvent } from '../../src/machines/index.ts';
import { logOf } from '../support/envelopes.ts';
import { open } from '../support/runtime/helpers.ts';
import { randomMachine } from './support.ts';

const machine = createMachine({
  id: 'work',
  initial: 'idle',
  states: {
    idle: { on: { GO: 'busy', NOTE: {} } },
    busy: {
      type: 'parallel',
      onDone: 'over',
      states: {
        a: { initial: 'one', states: { one: { on: { NEXT: 'two' } }, two: { type: 'final' } } },
        'b.c': {
          initial: 'one',
          states: {
            one: { on: { NEXT: 'check' } },
            check: { always: 'two' },
            two: { on: { LAST: 'end' } },
            end: { type: 'final' },
          },
        },
      },
    },
    over: { type: 'final' },
  },
});
const chart = chartOf(machine);
const wordsOf = (ids: readonly string[]): readonly string[] =>
  chart.transitions
    .filter(({ id }) => ids.includes(id))
    .map(({ from, label, to }) => `${from} ${label} ${to}`);

describe('the states of a machine', () => {
  it('are told by the events of its run, with what was taken', async () => {
    await using runtime = await open({ definitions: [defineRun({ name: 'work', machine })] });
    const run = await runtime.start('work');
    for (const type of ['NOTE', 'GO', 'NEXT', 'LAST']) await run.send({ type });
    await run.result();
    const told: unknown[] = [];
    for await (const { event } of run.events()) {
      if (event.type !== 'machine.transitioned') continue;
      told.push([activeStates(chart, event), wordsOf(takenTransitions(chart, event))]);
    }
    expect(told).toEqual([
      [['idle'], []],
      [['busy.a.one', String.raw`busy.b\.c.one`], ['idle GO busy']],
      [
        ['busy.a.two', String.raw`busy.b\.c.two`],
        [
          'busy.a.one NEXT busy.a.two',
          String.raw`busy.b\.c.one NEXT busy.b\.c.check`,
          String.raw`busy.b\.c.check always busy.b\.c.two`,
        ],
      ],
      [['over'], ['busy done over', String.raw`busy.b\.c.two LAST busy.b\.c.end`]],
    ]);
  });

  it('are none for any other event', () => {
    expect(activeStates(chart, { type: 'log', to: 'idle' })).toEqual([]);
    expect(takenTransitions(chart, { type: 'run.completed' })).toEqual([]);
  });

  it('are those of XState, and a transition is found for each move, in machines of any shape', () => {
    const seed = Date.now() % 100_000;
    for (let i = 0; i < 30; i += 1) {
      const any = randomMachine(seed + i);
      const its = chartOf(any);
      const types = [...new Set(its.transitions.map(({ event }) => event))];
      let snapshot = getInitialSnapshot(any);
      for (let n = 0; n < 30 && types.length > 0; n += 1) {
        const type = types[(n * 7 + i) % types.length] ?? '';
        const next = getNextSnapshot(any, snapshot, { type });
        const event: RunEvent = {
          type: 'machine.transitioned',
          event: { type },
          from: snapshot.value,
          to: next.value,
        };
        const nodes = (next as unknown as { _nodes: { path: string[]; states: object }[] })._nodes;
        const leaves = nodes.filter(({ states }) => Object.keys(states).length === 0);
        expect([...activeStates(its, event)].toSorted(), `seed ${seed + i}`).toEqual(
          leaves.map(({ path }) => path.join('.')).toSorted(),
        );
        const hasMoved = JSON.stringify(next.value) !== JSON.stringify(snapshot.value);
        if (hasMoved) expect(takenTransitions(its, event), `seed ${seed + i}`).not.toEqual([]);
        snapshot = next;
      }
    }
  });
});

describe('the arrows of a run', () => {
  it('are those of its path, counted, with the last', () => {
    const types = ['planning.started', 'planning.completed', 'planning.started', 'run.started'];
    const log = logOf([...types, 'run.completed'].map((type) => ({ type })));
    const { taken, last } = takenEdges(RUN_CHART.chart, explainLog(log)?.path ?? []);
    const edges = Object.entries(taken).filter(([id]) => id.includes('->'));
    expect(Object.fromEntries(edges)).toEqual({
      [edgeId('active', 'active.planning')]: 2,
      [edgeId('active.planning', 'active.executing')]: 1,
      [edgeId('active', 'active.executing')]: 1,
      [edgeId('active', 'completed')]: 1,
    });
    expect(last).toBe(edgeId('active', 'completed'));
  });
});
