import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Check,
  type CheckStatus,
  foldEvent,
  foldLog,
  type RunEvent,
  summarise,
} from '../../src/machines/index.ts';
import { anyLog, TABLE_TYPES } from '../../src/testing/model/index.ts';
import { fold, CREATED, envelope } from '../support/envelopes.ts';

const error = { name: 'Error', message: 'it broke' };

describe('created', () => {
  it('takes what run.created says, and its envelope', () => {
    const created = {
      type: 'run.created',
      prompt: 'do it',
      definition: 'work',
      requireVerification: true,
    };
    expect(foldEvent(undefined, envelope(1, created, { epoch: 3 }))).toEqual({
      v: 2,
      runId: 'run_1',
      sessionId: 'ses_1',
      definition: 'work',
      version: null,
      parentRunId: null,
      forkedFrom: null,
      deadlineAtMs: null,
      waiting: null,
      status: 'created',
      requireVerification: true,
      prompt: 'do it',
      result: null,
      error: null,
      cancelReason: null,
      verification: null,
      attempt: 0,
      epoch: 3,
      eventCount: 1,
      lateCount: 0,
      createdAtMs: 1001,
      updatedAtMs: 1001,
    });
  });

  it('keeps where the run comes from, and what it is allowed', () => {
    const created = {
      ...CREATED,
      version: '1.2.0',
      parentRunId: 'run_0',
      deadlineAtMs: 5000,
      forkedFrom: { runId: 'run_9', superStep: 3, version: 2, edits: [['n', 1]] },
    };
    const kept = {
      version: '1.2.0',
      parentRunId: 'run_0',
      deadlineAtMs: 5000,
      forkedFrom: { runId: 'run_9', superStep: 3, version: 2 },
    };
    const snapshot = fold([], created);
    expect(snapshot).toMatchObject(kept);
    expect(snapshot.forkedFrom).toEqual(kept.forkedFrom);
    expect(Object.isFrozen(snapshot.forkedFrom)).toBe(true);
    const odd = { version: 'x', parentRunId: 'y', deadlineAtMs: 1, forkedFrom: null };
    for (const type of TABLE_TYPES) expect(fold([{ ...odd, type }], created)).toMatchObject(kept);
  });

  it('takes a run that nobody drives yet for one that was let go, and may be taken at once', () => {
    const unowned = fold([], { ...CREATED, unowned: true });
    expect(unowned.waiting).toEqual({ interrupts: [], parked: 'released', wakeAtMs: 0 });
    for (const odd of [false, null, 'true', 1, {}]) {
      expect(fold([], { ...CREATED, unowned: odd }).waiting).toBeNull();
    }
  });

  it('leaves empty what is not of the right kind', () => {
    for (const odd of [undefined, null, true, 7, [], { valueOf: 1, toString: 1 }]) {
      const created = { ...CREATED, version: odd, parentRunId: odd, forkedFrom: odd };
      expect(fold([], created)).toMatchObject({
        version: null,
        parentRunId: null,
        forkedFrom: null,
      });
    }
    for (const deadlineAtMs of [undefined, null, true, '7', [7], Infinity, NaN]) {
      expect(fold([], { ...CREATED, deadlineAtMs }).deadlineAtMs).toBeNull();
    }
  });

  it('takes for a fork only what names a run, a step and a version', () => {
    const whole = { runId: 'run_9', superStep: 0, version: 1 };
    expect(fold([], { ...CREATED, forkedFrom: whole }).forkedFrom).toEqual(whole);
    for (const odd of [undefined, null, ['1'], 0.5, Infinity, NaN, { valueOf: 1, toString: 1 }]) {
      for (const part of ['runId', 'superStep', 'version']) {
        expect(
          fold([], { ...CREATED, forkedFrom: { ...whole, [part]: odd } }).forkedFrom,
        ).toBeNull();
      }
    }
  });

  it('folds an empty log to nothing', () => {
    expect(foldLog([])).toBeUndefined();
  });
});

describe('prompt', () => {
  it('is filled by run.started while it is empty', () => {
    expect(fold([{ type: 'run.started', prompt: 'first' }]).prompt).toBe('first');
  });

  it('is never changed once it is filled', () => {
    const started = [
      { type: 'run.started', prompt: 'second' },
      { type: 'run.started', prompt: 'third' },
    ];
    expect(fold(started).prompt).toBe('second');
    expect(fold(started, { ...CREATED, prompt: 'first' }).prompt).toBe('first');
  });

  it('stays as it is when run.started has none, or one that is no text', () => {
    for (const prompt of [undefined, null, 7, ['x'], { toString: 1 }]) {
      expect(fold([{ type: 'run.started', prompt }]).prompt).toBe('');
    }
  });

  it('is filled by no other event', () => {
    for (const type of TABLE_TYPES.filter((each) => each !== 'run.started')) {
      expect(fold([{ type, prompt: 'not this' }]).prompt).toBe('');
    }
  });
});

describe('result, error and reason', () => {
  it('are each set by their own terminal event', () => {
    expect(fold([{ type: 'run.completed', result: { n: 1 } }])).toMatchObject({
      status: 'completed',
      result: { n: 1 },
      error: null,
      cancelReason: null,
    });
    expect(fold([{ type: 'run.failed', error }])).toMatchObject({
      status: 'failed',
      result: null,
      error,
      cancelReason: null,
    });
    expect(fold([{ type: 'run.cancelled', reason: 'enough' }])).toMatchObject({
      status: 'cancelled',
      result: null,
      error: null,
      cancelReason: 'enough',
    });
  });

  it('are null when the terminal event says nothing', () => {
    expect(fold([{ type: 'run.completed' }])).toMatchObject({ status: 'completed', result: null });
    expect(fold([{ type: 'run.cancelled' }])).toMatchObject({
      status: 'cancelled',
      cancelReason: null,
    });
  });

  it('keep falsy results apart from none', () => {
    for (const result of [false, 0, ''])
      expect(fold([{ type: 'run.completed', result }]).result).toBe(result);
  });

  it('keep code and stack of an error, and make an error of anything', () => {
    const full = { ...error, code: 'E_X', stack: 'at x' };
    expect(fold([{ type: 'run.failed', error: full }]).error).toEqual(full);
    expect(fold([{ type: 'run.failed', error: 'text' }]).error).toEqual({
      name: 'Error',
      message: 'text',
    });
    for (const odd of [undefined, null, 7, [], { name: 'x' }, { toString: 1, valueOf: 1 }]) {
      const { status, error: folded } = fold([{ type: 'run.failed', error: odd }]);
      expect(status).toBe('failed');
      expect(folded).toEqual({ name: 'Error', message: 'unknown' });
    }
  });

  it('are never set together, whatever happens', () => {
    fc.assert(
      fc.property(anyLog, (events) => {
        const { result, error: failure, cancelReason } = fold(events);
        expect(
          [result, failure, cancelReason].filter((field) => field !== null).length,
        ).toBeLessThan(2);
      }),
    );
  });
});

describe('verification', () => {
  const check = (status: CheckStatus, required = true): Check => ({
    name: status,
    status,
    required,
  });
  const report = (...checks: Check[]): RunEvent => ({ type: 'verification.reported', checks });

  it.each([
    ['skipped', []],
    ['passed', [check('passed')]],
    ['passed', [check('passed'), check('needs_review', false), check('skipped', false)]],
    ['passed', [check('skipped', false)]],
    ['needs_review', [check('passed'), check('needs_review')]],
    ['needs_review', [check('passed'), check('skipped')]],
    ['failed', [check('needs_review'), check('failed')]],
    ['failed', [check('passed'), check('failed', false)]],
  ] as const)('is %s for %j', (summary, checks) => {
    expect(summarise(checks)).toBe(summary);
    expect(fold([report(...checks)]).verification).toEqual({ summary, checks });
  });

  it('is what the last report said', () => {
    expect(fold([report(check('failed')), report(check('passed'))]).verification?.summary).toBe(
      'passed',
    );
    expect(fold([report(check('passed')), report(check('failed'))]).verification?.summary).toBe(
      'failed',
    );
  });

  it('leaves out what is not a check', () => {
    const checks = [
      check('passed'),
      null,
      'x',
      { name: 'y' },
      { name: 'z', status: 'ok', required: true },
    ];
    expect(fold([{ type: 'verification.reported', checks }]).verification).toEqual({
      summary: 'passed',
      checks: [check('passed')],
    });
    expect(fold([{ type: 'verification.reported', checks: 'none' }]).verification).toEqual({
      summary: 'skipped',
      checks: [],
    });
  });

  it('does not move a run, and is not touched by its end', () => {
    const { status, verification } = fold([report(check('failed')), { type: 'run.completed' }]);
    expect(status).toBe('completed');
    expect(verification?.summary).toBe('failed');
  });
});

describe('attempt', () => {
  it('is the number that the last attempt.started carried', () => {
    expect(fold([]).attempt).toBe(0);
    expect(fold([{ type: 'attempt.started', attempt: 1 }]).attempt).toBe(1);
    const twice = [
      { type: 'attempt.started', attempt: 1 },
      { type: 'attempt.started', attempt: 2 },
    ];
    expect(fold(twice).attempt).toBe(2);
  });

  it('stays as it was when the number is no count', () => {
    for (const attempt of [
      undefined,
      null,
      0,
      -1,
      1.5,
      Infinity,
      '3',
      true,
      [4],
      { valueOf: 1, toString: 1 },
    ]) {
      const events = [
        { type: 'attempt.started', attempt: 2 },
        { type: 'attempt.started', attempt },
      ];
      expect(fold(events).attempt).toBe(2);
    }
  });
});

describe('epoch', () => {
  it('is that of the last event that was not late', () => {
    const log = [
      envelope(1, CREATED, { epoch: 0 }),
      envelope(2, { type: 'log' }, { epoch: 4 }),
      envelope(3, { type: 'run.cancelled' }, { epoch: 5 }),
      envelope(4, { type: 'log' }, { epoch: 9 }),
    ];
    expect(log.map((_, index) => foldLog(log.slice(0, index + 1))?.epoch)).toEqual([0, 4, 5, 5]);
  });
});

describe('counts', () => {
  it('tell the events that came late from all of them', () => {
    const log = [
      envelope(1, CREATED),
      envelope(2, { type: 'log' }),
      envelope(3, { type: 'run.cancelled' }),
      envelope(4, { type: 'log' }),
      envelope(5, { type: 'run.completed' }),
    ];
    const counts = log.map((_, index) => {
      const { eventCount, lateCount } = foldLog(log.slice(0, index + 1)) ?? {};
      return [eventCount, lateCount];
    });
    expect(counts).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
  });
});
