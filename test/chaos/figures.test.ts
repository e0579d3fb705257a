import { expect, it } from 'vitest';
import type { LoggedEvent } from '../support/chaos/evidence.ts';
import { figuresOf } from '../support/chaos/figures.ts';
import type { Note } from '../support/chaos/paper.ts';

/** A run that one worker began, and after it was killed, at 100, another one. */
function takeOversOf(between: readonly LoggedEvent['event'][]): unknown {
  const events = [
    { type: 'run.created' },
    { type: 'attempt.started', attempt: 1, owner: 'one' },
    ...between,
    { type: 'attempt.started', attempt: 2, owner: 'two' },
    { type: 'run.completed', result: null },
  ].map((event, i, all): LoggedEvent => {
    const atMs = i < all.length - 2 ? 50 : 1_000;
    const seq = i + 1;
    // Ending an attempt takes the run from its owner: that is of the next epoch.
    const epoch = event.type === 'attempt.ended' ? 3 : 2;
    return { seq, eventId: `e${seq}`, type: event.type, atMs, epoch, late: false, event };
  });
  const begun = (seq: number): Note => {
    return [
      'stored',
      50,
      { runId: 'a', seq, eventId: `e${seq}`, epoch: 2, type: 'attempt.started' },
    ];
  };
  const papers = new Map([
    ['worker-1', [begun(2)]],
    ['worker-2', [begun(events.length - 1)]],
  ]);
  const ended = { status: 'completed', owner: null, lastSeq: events.length };
  const run = { runId: 'a', sessionId: 'a', definition: null, problems: [], events, ...ended };
  const kill = { kind: 'kill', part: 'worker-1', fromMs: 100, toMs: null } as const;
  return figuresOf({ runs: [run], papers }, [kill])['take-over after a kill, ms'];
}

it('a run is taken over from the kill of its owner until it begins elsewhere', () => {
  expect(takeOversOf([])).toBe('900 median, 900 worst, of 1');
});

it('a run that had been let go of before is not taken over', () => {
  const ended = { type: 'attempt.ended', attempt: 1, reason: 'waiting', wakeAtMs: 1_000 } as const;
  expect(takeOversOf([ended])).toBe('none');
});
