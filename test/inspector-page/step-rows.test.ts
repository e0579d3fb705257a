import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/machines/index.ts';
import { RunParts } from '../../src/inspector/page/run/run-parts.ts';
import {
  barsAt,
  byDuration,
  rowsOf,
  rowsUntil,
  standingOf,
  type StepRow,
  type Then,
} from '../../src/inspector/page/run/steps/step-rows.ts';

/** A log of which each event has its instant. */
function partsOf(...events: readonly (readonly [atMs: number, event: RunEvent])[]): RunParts {
  const parts = new RunParts();
  for (const [index, [emittedAtMs, event]] of events.entries()) {
    const seq = index + 1;
    const about = { eventId: `e${seq}`, runId: 'r', sessionId: 's', epoch: 1, late: false };
    parts.add({ ...about, seq, emittedAtMs, event });
  }
  return parts;
}

const step = (what: string, stepId: string, more: object = {}): RunEvent => ({
  type: `step.${what}`,
  stepId,
  name: stepId.replace(/#\d+$/, ''),
  ...more,
});
const attempt = (n: number): RunEvent => ({ type: 'attempt.started', attempt: n, owner: 'o' });
const error = { name: 'Error', message: 'no' };

function at(parts: RunParts, seq: number, untilMs: number, isOver = false): Then {
  return { seq, untilMs, isOver, attempts: parts.attempts };
}

function shown(parts: RunParts, then: Then): readonly (readonly [string, number, number])[] {
  const row = rowsOf(parts)[0] as StepRow;
  return barsAt(row, then).map(({ outcome, fromMs, toMs }) => [outcome, fromMs, toMs]);
}

describe('a step at a moment', () => {
  it('runs until it has ended', () => {
    const parts = partsOf([10, step('started', 'a')], [30, step('completed', 'a', { result: 1 })]);
    expect(shown(parts, at(parts, 1, 20))).toEqual([['running', 10, 20]]);
    expect(shown(parts, at(parts, 2, 40))).toEqual([['completed', 10, 30]]);
  });

  it('that is tried again waits, and then runs, before the log tells of it', () => {
    const parts = partsOf(
      [10, step('started', 'a')],
      [20, step('failed', 'a', { error, tries: 1, retryAtMs: 50 })],
      [70, step('completed', 'a', { result: 1 })],
    );
    const failed = ['failed', 10, 20] as const;
    expect(shown(parts, at(parts, 2, 30))).toEqual([failed, ['waits', 20, 30]]);
    expect(shown(parts, at(parts, 2, 60))).toEqual([
      failed,
      ['waits', 20, 50],
      ['running', 50, 60],
    ]);
    expect(shown(parts, at(parts, 3, 90))).toEqual([
      failed,
      ['waits', 20, 50],
      ['completed', 50, 70],
    ]);
  });

  it('is lost when another attempt begins, and begins again with it', () => {
    const parts = partsOf(
      [0, attempt(1)],
      [10, step('started', 'a')],
      [100, attempt(2)],
      [120, step('started', 'a')],
      [150, step('completed', 'a', { result: 1 })],
    );
    expect(shown(parts, at(parts, 2, 40))).toEqual([['running', 10, 40]]);
    expect(shown(parts, at(parts, 3, 110))).toEqual([['lost', 10, 100]]);
    expect(shown(parts, at(parts, 5, 150))).toEqual([
      ['lost', 10, 100],
      ['waits', 100, 120],
      ['completed', 120, 150],
    ]);
  });

  it('that failed and is begun by a later attempt begins when that says so', () => {
    const parts = partsOf(
      [0, attempt(1)],
      [10, step('started', 'a')],
      [20, step('failed', 'a', { error, tries: 1, retryAtMs: 30 })],
      [900, attempt(2)],
      [910, step('started', 'a')],
    );
    expect(shown(parts, at(parts, 5, 950)).at(-1)).toEqual(['running', 910, 950]);
  });

  it('is stopped by the end of the run; a sleep goes on in a later attempt', () => {
    const parts = partsOf(
      [0, attempt(1)],
      [10, step('started', 'a', { untilMs: 900 })],
      [50, attempt(2)],
    );
    expect(shown(parts, at(parts, 3, 60))).toEqual([['running', 10, 60]]);
    expect(shown(parts, at(parts, 3, 70, true))).toEqual([['stopped', 10, 70]]);
    expect(rowsOf(parts)[0]?.kind).toBe('sleep');
  });
});

describe('rows', () => {
  const tool = (what: string, more: object = {}): RunEvent => ({
    type: `tool.${what}`,
    tool: 'search',
    ...more,
  });

  it('are inside of the step that asked for them, tools and steps inside of their turn', () => {
    const parts = partsOf(
      [0, { type: 'turn.started', turn: 1 }],
      [1, step('started', 'outer')],
      [2, step('started', 'inner', { within: 'outer' })],
      [3, tool('started')],
      [4, tool('completed', { output: 'x' })],
      [5, step('completed', 'inner')],
      [6, step('completed', 'outer')],
      [7, { type: 'turn.completed', turn: 1 }],
      [8, step('started', 'after')],
    );
    const rows = rowsOf(parts).map(({ part, kind, depth }) => [part.name, kind, depth]);
    expect(rows).toEqual([
      ['turn 1', 'turn', 0],
      ['outer', 'step', 1],
      ['inner', 'step', 2],
      ['search', 'tool', 2],
      ['after', 'step', 0],
    ]);
    expect(rowsUntil(rowsOf(parts), 3)).toBe(3);
  });

  it('pair two uses of one tool by their ids, and take what follows a failed use for its next try', () => {
    const parts = partsOf(
      [0, tool('started', { callId: 'x' })],
      [1, tool('started', { callId: 'y' })],
      [2, tool('completed', { callId: 'y' })],
      [3, tool('failed', { callId: 'x', error: 'nothing was found' })],
      [9, tool('completed', { callId: 'x', output: [1] })],
      [10, tool('completed', { callId: 'never started' })],
    );
    const tries = parts.spans.list.map((span) => span.tries.map(({ outcome }) => outcome));
    expect(tries).toEqual([['failed', 'completed'], ['completed']]);
    const [first] = parts.spans.list;
    expect(first?.tries[0]?.error?.message).toBe('nothing was found');
    expect(first?.result).toEqual([1]);
  });

  it('can stand with the longest first', () => {
    const parts = partsOf(
      [0, step('started', 'short')],
      [1, step('started', 'long')],
      [2, step('completed', 'short')],
      [90, step('completed', 'long')],
    );
    const then = at(parts, 4, 90);
    const rows = byDuration(rowsOf(parts), then);
    expect(rows.map(({ part }) => part.name)).toEqual(['long', 'short']);
    expect(standingOf(barsAt(rows[0] as StepRow, then))).toEqual({
      outcome: 'completed',
      tookMs: 89,
      tries: 1,
    });
  });
});
