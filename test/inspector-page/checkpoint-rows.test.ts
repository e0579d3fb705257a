import { describe, expect, it } from 'vitest';
import {
  checkpointPair,
  checkpointRows,
  forkSteps,
} from '../../src/inspector/page/run/checkpoint-rows.ts';
import { readEdits, refusedChannel } from '../../src/inspector/page/run/fork-edits.ts';
import type { Mention, StepPart } from '../../src/inspector/page/run/run-parts.ts';
import {
  NO_TEXTS,
  startOptionsOf,
  startProblems,
} from '../../src/inspector/page/runs/start-options.ts';

function mention(seq: number, superStep: number, version = 1): Mention {
  const event = { type: 'checkpoint.saved', superStep, version, label: `at ${superStep}` };
  return { seq, atMs: seq * 10, event };
}

function meta(superStep: number, version = 1) {
  const key = { definition: 'd', runId: 'r', superStep, version };
  return { ...key, label: null, createdAtMs: superStep };
}

describe('the checkpoints at a moment', () => {
  it('are those that were kept by then, in the version of then', () => {
    const mentions = [mention(3, 1), mention(5, 2), mention(8, 2, 2), mention(9, 3)];
    const kept = [meta(1), meta(2), meta(2, 2), meta(3)];
    expect(checkpointRows(mentions, kept, 6)).toMatchObject([
      { superStep: 1, version: 1, seq: 3, isKept: true, laterVersion: null },
      { superStep: 2, version: 1, seq: 5, isKept: true, laterVersion: 2 },
    ]);
    expect(checkpointRows(mentions, kept, 9)).toMatchObject([
      { superStep: 1 },
      { superStep: 2, version: 2, seq: 8, laterVersion: null },
      { superStep: 3 },
    ]);
  });

  it('are also the one that a fork began with, which no event tells of, and those that were pruned', () => {
    expect(checkpointRows([mention(4, 2), mention(6, 3)], [meta(1), meta(3)], 5)).toMatchObject([
      { superStep: 1, seq: null, isKept: true },
      { superStep: 2, seq: 4, isKept: false },
    ]);
  });

  it('of which two are compared: by the address, or the last one with the one before', () => {
    const rows = checkpointRows(
      [mention(1, 1), mention(2, 2), mention(3, 3), mention(4, 4)],
      [meta(1), meta(2), meta(4)],
      9,
    );
    const pair = (chosen?: number, against?: number) => {
      const found = checkpointPair(rows, chosen, against);
      return [found?.chosen.superStep, found?.against?.superStep];
    };
    expect(pair()).toEqual([4, 2]);
    expect(pair(2)).toEqual([2, 1]);
    expect(pair(1)).toEqual([1, undefined]);
    expect(pair(4, 1)).toEqual([4, 1]);
    expect(pair(1, 4)).toEqual([1, 4]);
    expect(pair(3, 9)).toEqual([4, 2]);
    expect(pair(2, 2)).toEqual([2, 1]);
    expect(checkpointPair([], 1, 2)).toBeUndefined();
  });
});

describe('a fork', () => {
  function step(name: string, endedSeq: number | null, outcome: 'completed' | 'failed'): StepPart {
    const times = { seq: 1, startedAtMs: 0, endedAtMs: null, retryAtMs: null, error: null };
    const tries = [
      { ...times, endedSeq, outcome: endedSeq === null ? 'running' : outcome, attempt: 1 },
    ];
    const beside = { untilMs: null, result: undefined, childRunId: null };
    return { seq: 1, stepId: name, name, tries, ...beside } as StepPart;
  }

  it('remembers the steps that were done when its checkpoint was kept, and does the others again', () => {
    const steps = [
      step('done', 3, 'completed'),
      step('failed', 4, 'failed'),
      step('later', 7, 'completed'),
      step('open', null, 'failed'),
    ];
    expect(forkSteps(steps, 5)).toEqual({
      remembered: ['done'],
      again: ['failed', 'later', 'open'],
    });
    expect(forkSteps(steps, null).remembered).toEqual([]);
  });

  it('is edited by JSON, channel by channel, and a refusal belongs to the channel that it names', () => {
    const { edits, problems } = readEdits({ a: '{"x":1}', b: '[1', c: '' });
    expect(edits).toEqual([['a', { x: 1 }]]);
    expect([...problems.keys()]).toEqual(['b', 'c']);
    expect(refusedChannel('Channel "b" was not written.', ['a', 'b'])).toBe('b');
    expect(refusedChannel('Something else.', ['a', 'b'])).toBeUndefined();
  });
});

describe('a start', () => {
  it('has what was typed, and leaves the rest to the defaults', () => {
    expect(startOptionsOf(NO_TEXTS, undefined, 5)).toEqual({});
    const texts = {
      prompt: ' p ',
      sessionId: 's',
      priority: '-2',
      deadline: '1,5',
      requireVerification: true,
    };
    expect(startOptionsOf(texts, [1], 1_000)).toEqual({
      input: [1],
      prompt: 'p',
      sessionId: 's',
      priority: -2,
      deadlineAtMs: 91_000,
      requireVerification: true,
    });
  });

  it('is refused for what is no whole number and no time', () => {
    expect(Object.keys(startProblems({ ...NO_TEXTS, priority: '1.5', deadline: '0' }))).toEqual([
      'priority',
      'deadline',
    ]);
    expect(startProblems({ ...NO_TEXTS, priority: '3', deadline: '0.5' })).toEqual({});
  });
});
