import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainLog,
  foldLog,
  isTerminal,
  type LogExplanation,
  type RunEvent,
  waitsFor,
} from '../../src/machines/index.ts';
import { canonicalJson } from '../../src/json.ts';
import { anyCreated, anyLog, STATUS_TABLE } from '../../src/testing/model/index.ts';
import { fold, logOf } from '../support/envelopes.ts';

function explained(events: readonly RunEvent[]): LogExplanation {
  const explanation = explainLog(logOf(events));
  if (explanation === undefined) throw new Error('a log with run.created has an explanation');
  return explanation;
}

const failed = { type: 'run.failed', error: { name: 'Error', message: 'broken' } };

describe('an explanation', () => {
  it('is undefined for an empty log', () => {
    expect(explainLog([])).toBeUndefined();
  });

  it('tells the path, each event that moved the run', () => {
    const types = [
      'planning.started',
      'step.started',
      'planning.completed',
      'log',
      'run.completed',
    ];
    const { path } = explained(types.map((type) => ({ type })));
    expect(path).toEqual([
      { seq: 1, type: 'run.created', from: null, to: 'created' },
      { seq: 2, type: 'planning.started', from: 'created', to: 'planning' },
      { seq: 4, type: 'planning.completed', from: 'planning', to: 'executing' },
      { seq: 6, type: 'run.completed', from: 'executing', to: 'completed' },
    ]);
  });

  it('tells of late events what came before them, and where that was decided', () => {
    const { late } = explained([
      { type: 'run.cancelled' },
      { type: 'run.completed' },
      { type: 'log' },
    ]);
    expect(late).toEqual([
      {
        seq: 3,
        type: 'run.completed',
        why: 'run.completed after run.cancelled: late, cancelled is sticky (decided by seq 2)',
      },
      {
        seq: 4,
        type: 'log',
        why: 'log after run.cancelled: late, cancelled is sticky (decided by seq 2)',
      },
    ]);
    expect(explained([failed, { type: 'run.cancelled' }]).late[0]?.why).toBe(
      'run.cancelled after run.failed: late, failed is final (decided by seq 2)',
    );
  });

  it('tells of events without effect which rule kept them so, the same ones together', () => {
    const types = ['log', 'log', 'run.started', 'log', 'run.started', 'log', 'signal.received'];
    const { idle } = explained(types.map((type) => ({ type })));
    const noRow = 'the table has no row for log: recorded, and nothing moves';
    expect(idle).toEqual([
      { type: 'log', status: 'created', count: 2, seqs: [[2, 3]], why: noRow },
      {
        type: 'log',
        status: 'executing',
        count: 2,
        seqs: [
          [5, 5],
          [7, 7],
        ],
        why: noRow,
      },
      {
        type: 'run.started',
        status: 'executing',
        count: 1,
        seqs: [[6, 6]],
        why: 'run.started applies keepFirstPrompt, which found nothing to change',
      },
      {
        type: 'signal.received',
        status: 'executing',
        count: 1,
        seqs: [[8, 8]],
        why: 'signal.received applies wake, which found nothing to change',
      },
    ]);
    const { idle: steps } = explained([{ type: 'planning.started' }, { type: 'step.started' }]);
    expect(steps[0]?.why).toBe('step.started leads to planning, and the run is planning already');
  });

  it('goes on where a cut log begins, and knows where the end was decided', () => {
    const whole = logOf([
      { type: 'run.started' },
      { type: 'run.cancelled' },
      { type: 'log' },
      { type: 'log' },
    ]);
    const explanation = explainLog(whole.slice(4), foldLog(whole.slice(0, 4)));
    expect(explanation).toMatchObject({ firstSeq: 5, path: [], idle: [] });
    expect(explanation?.late).toMatchObject([
      { seq: 5, why: expect.stringMatching(/cut off the log: late.*\(decided by seq 3\)$/) },
    ]);
  });

  it('says the same as the status table, in every cell', () => {
    const road: Record<string, readonly RunEvent[]> = {
      created: [],
      planning: [{ type: 'planning.started' }],
      executing: [{ type: 'run.started' }],
      verifying: [{ type: 'verification.started' }],
      completed: [{ type: 'run.completed' }],
      failed: [failed],
      cancelled: [{ type: 'run.cancelled' }],
    };
    for (const { type, from, outcome } of STATUS_TABLE) {
      const before = road[from] ?? [];
      const seq = before.length + 2;
      const { path, late } = explained([...before, { type }]);
      const step = path.find((each) => each.seq === seq);
      const told = late.some((each) => each.seq === seq) ? 'late' : (step?.to ?? from);
      expect(told, `${type} in ${from}`).toBe(outcome);
    }
  });
});

describe('of any log', () => {
  it('the path ends in the status of the fold, and each step begins where the one before ended', () => {
    fc.assert(
      fc.property(anyLog, anyCreated, (events, created) => {
        const { path, snapshot } = explainLog(logOf(events, created)) as LogExplanation;
        expect(snapshot).toEqual(fold(events, created));
        expect(path.at(-1)?.to).toBe(snapshot.status);
        path.forEach((step, i) => expect(step.from).toBe(path[i - 1]?.to ?? null));
      }),
    );
  });

  it('every late event is explained, and every event that changed nothing but the count', () => {
    fc.assert(
      fc.property(anyLog, anyCreated, (events, created) => {
        const log = logOf(events, created);
        const { path, late, idle, snapshot } = explainLog(log) as LogExplanation;
        expect(late).toHaveLength(snapshot.lateCount);
        const idleSeqs = new Set(
          idle.flatMap(({ seqs }) =>
            seqs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
          ),
        );
        expect(idleSeqs.size).toBe(idle.reduce((sum, { count }) => sum + count, 0));
        log.forEach(({ seq, event }, i) => {
          if (i === 0) return;
          const strip = (length: number): unknown => {
            const {
              eventCount: _,
              updatedAtMs: __,
              lateCount: ___,
              ...rest
            } = foldLog(log.slice(0, length)) as LogExplanation['snapshot'];
            return rest;
          };
          const before = strip(i) as LogExplanation['snapshot'];
          const isLate = isTerminal(before.status);
          const told = late.filter((each) => each.seq === seq);
          expect(told.map(({ type }) => type)).toEqual(isLate ? [event.type] : []);
          const isIdle = !isLate && canonicalJson(before) === canonicalJson(strip(i + 1));
          expect(idleSeqs.has(seq), `seq ${seq}, ${event.type}`).toBe(isIdle);
          if (isIdle) expect(path.some((step) => step.seq === seq)).toBe(false);
        });
      }),
    );
  });
});

describe('what a run waits for', () => {
  const asked = { type: 'interrupt.requested', interruptId: 'colour' };
  it.each([
    ['the first attempt', [], ['its first attempt, or events by hand']],
    ['its driver', [{ type: 'attempt.started', attempt: 1 }], ['whoever drives it']],
    [
      'an answer, while it is driven',
      [{ type: 'attempt.started', attempt: 1 }, asked],
      ['an answer to interrupt colour', 'whoever drives it'],
    ],
    [
      'an answer or a signal, when it is parked',
      [asked, { type: 'attempt.ended', reason: 'waiting' }],
      ['an answer to interrupt colour', 'a signal'],
    ],
    [
      'an instant',
      [{ type: 'attempt.ended', reason: 'waiting', wakeAtMs: 5_000 }],
      ['a signal', 'the instant 1970-01-01T00:00:05.000Z'],
    ],
    ['somebody', [{ type: 'attempt.ended' }], ['somebody to go on with it, at once']],
    ['nothing', [asked, { type: 'run.completed' }], ['nothing: the run is over']],
  ])('is %s', (_, events, sentences) => {
    expect(waitsFor(fold(events))).toEqual(sentences);
  });
});
