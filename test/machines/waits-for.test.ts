import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/machines/fold.ts';
import { waitsFor } from '../../src/machines/waits-for.ts';
import { fold } from '../support/envelopes.ts';

const AT_ONCE = 'somebody to go on with it, at once';
const parked = (reason: string, wakeAtMs: number | null) => ({
  ...fold([{ type: 'attempt.started', attempt: 1 }]),
  waiting: { interrupts: ['ask'], parked: reason as 'waiting' | 'released', wakeAtMs },
});

describe('a run says what it waits for', () => {
  it.each([
    ['that was let go until an instant', 'released', 5_000, [AT_ONCE]],
    ['that was let go', 'released', 0, [AT_ONCE]],
    ['that got what it waited for', 'waiting', 0, [AT_ONCE]],
    ['that sleeps', 'waiting', 5_000, ['a signal', 'the instant 1970-01-01T00:00:05.000Z']],
    [
      'that sleeps until its deadline',
      'waiting',
      9_000,
      ['a signal', 'the instant 1970-01-01T00:00:09.000Z, its deadline'],
    ],
    ['that only listens', 'waiting', null, ['a signal']],
  ])('%s', (_, reason, wakeAtMs, waits) => {
    const run = { ...parked(reason, wakeAtMs), deadlineAtMs: 9_000 };
    expect(waitsFor(run)).toEqual(['an answer to interrupt ask', ...waits]);
  });
});

it('a state that is no status of a run is refused', () => {
  for (const value of ['paused', '', { active: 'paused' }]) {
    expect(() => statusOf(value)).toThrow(TypeError);
  }
  expect(statusOf({ active: 'planning' })).toBe('planning');
});
