import { describe, expect, it } from 'vitest';
import { runMachine } from '../../src/machines/index.ts';
import { ruleBreaches } from '../support/chart-rules.ts';

const config = runMachine.config as unknown as Record<string, unknown>;

describe('chart under rules', () => {
  it('has no root "on", no timer, no child, no eventless transition, no guard, and only named actions', () => {
    expect([...ruleBreaches(config)]).toEqual([]);
  });

  it('is plain data but for the context factory', () => {
    const { context, ...data } = config;
    expect(typeof context).toBe('function');
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('names its version, so that a snapshot of another chart can be told apart', () => {
    expect(config['version']).toMatch(/^\d+$/);
  });

  it.each([
    ['a root "on"', { on: { x: {} } }],
    ['a timer', { states: { a: { after: { 10: 'b' } } } }],
    ['an eventless transition', { states: { a: { always: 'b' } } }],
    ['a child', { invoke: { src: 'x' } }],
    ['a guard', { states: { a: { on: { x: { guard: 'g' } } } } }],
    ['an inline action', { states: { a: { on: { x: { actions: () => {} } } } } }],
    [
      'a second, unknown action',
      { states: { a: { on: { x: { actions: ['setResult', 'toString'] } } } } },
    ],
    ['a way out of a final state', { states: { a: { type: 'final', on: {} } } }],
    ['a wildcard', { states: { a: { on: { '*': 'b' } } } }],
  ])('would be told of %s', (_, bad) => {
    expect([...ruleBreaches(bad)].length).toBeGreaterThan(0);
  });
});
