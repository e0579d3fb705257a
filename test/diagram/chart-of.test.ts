import { describe, expect, it } from 'vitest';
import { chartOf, runMachine } from '../../src/machines/index.ts';
import { checkout, odd } from './support.ts';

describe('the chart of a machine', () => {
  const { states, transitions } = chartOf(checkout);
  const label = (from: string): readonly string[] =>
    transitions.filter((move) => move.from === from).map((move) => `${move.label} ${move.to}`);

  it('has every state by its path, each after the one around it', () => {
    expect(states.map(({ id }) => id)).toEqual([
      '',
      'browsing',
      'empty',
      'paying',
      'paying.card',
      'paying.card.asking',
      'paying.card.charging',
      'paying.card.paid',
      'paying.card.before',
      'paying.stock',
      'paying.stock.asking',
      'paying.stock.waiting',
      'paying.stock.reserved',
      'shipped',
      'failed',
      'gone',
    ]);
    const types = new Map(states.map(({ id, type }) => [id, type]));
    expect([types.get('paying'), types.get('paying.card.before'), types.get('gone')]).toEqual([
      'parallel',
      'history',
      'final',
    ]);
    const initial = states.filter((state) => state.initial).map(({ id }) => id);
    expect(initial).toEqual(['browsing', 'paying.card.asking', 'paying.stock.asking']);
  });

  it('calls timers, invocations and what happens by itself as people do', () => {
    expect(label('empty')).toEqual(['after 1 min 30 s browsing']);
    expect(label('paying.stock.asking')).toEqual([
      'always paying.stock.reserved',
      'after patience paying.stock.waiting',
    ]);
    expect(label('paying.card.asking')).toEqual([
      'CANCEL browsing',
      'askCard is done paying.card.charging',
      'askCard fails paying.card.asking',
    ]);
    expect(label('paying.card.charging')).toContain('theCharge fails failed');
    expect(label('paying')).toContain('done shipped');
    expect(label('paying.card.before')).toEqual(['at first paying.card.asking']);
    expect(label('paying.stock.waiting')).toContain('any other event paying.stock.asking');
    expect(label('')).toEqual(['ABANDON gone']);
  });

  it('names guards and actions, and what runs in a state', () => {
    const moves = transitions.filter(({ from }) => from === 'browsing');
    expect(moves.map(({ guard, actions }) => [guard, actions])).toEqual([
      [undefined, ['addItem']],
      ['hasItems', []],
      [undefined, []],
    ]);
    const byId = new Map(states.map((state) => [state.id, state]));
    expect(byId.get('paying.card.charging')?.invokes).toEqual(['theCharge']);
    expect(byId.get('shipped')?.entry).toEqual(['sendMail']);
    expect(byId.get('empty')).not.toHaveProperty('entry');
  });

  it('tells states apart whose names have dots', () => {
    expect(chartOf(odd).states.map(({ id }) => id)).toContain(String.raw`v1\.2`);
  });

  it('is made of a config as well, is plain JSON, and the same each time', () => {
    const { context: _, ...config } = runMachine.config;
    const chart = chartOf(config as never);
    expect(chart).toEqual(chartOf(runMachine));
    expect(JSON.parse(JSON.stringify(chartOf(checkout)))).toEqual(chartOf(checkout));
    const ids = chart.transitions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
