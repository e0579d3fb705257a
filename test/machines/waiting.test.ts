import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  foldEvent,
  isTerminal,
  type RunEvent,
  runMachine,
  type RunSnapshot,
} from '../../src/machines/index.ts';
import { EMPTY_FIELDS, type WaitingState } from '../../src/machines/run-fields.ts';
import {
  activeLog,
  anyEvent,
  anyLog,
  COLUMNS,
  statusAfter,
} from '../../src/testing/model/index.ts';
import { fold, CREATED, envelope } from '../support/envelopes.ts';
import {
  fieldsAfter,
  FULL_EVENTS,
  WAITING_EVENTS,
  WAITING_SHAPES,
  waitingMismatches,
} from '../support/field-table.ts';
import { runs } from '../support/runs.ts';

const begin = { type: 'attempt.started', attempt: 1 };
const ask = (interruptId: unknown): RunEvent => ({ type: 'interrupt.requested', interruptId });
const settle = (interruptId: unknown): RunEvent => ({ type: 'interrupt.resolved', interruptId });
const wait = (wakeAtMs: unknown): RunEvent => ({
  type: 'attempt.ended',
  reason: 'waiting',
  wakeAtMs,
});
const release = { type: 'attempt.ended', reason: 'released', wakeAtMs: 0 };
const signal = { type: 'signal.received', signal: 'go' };

const waitingAfter = (...events: RunEvent[]): WaitingState | null => fold(events).waiting;

describe('what a run waits for', () => {
  // The development build warns about events that finished actors drop.
  beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
  afterEach(() => void vi.restoreAllMocks());

  it('is decided by chart and live actor as the tables say, for every shape in every status', () => {
    expect([...waitingMismatches(runMachine)]).toEqual([]);
  });

  it('is decided by the fold as the tables say, for every shape in every status', () => {
    for (const status of COLUMNS) {
      for (const waiting of WAITING_SHAPES) {
        const fields = { ...EMPTY_FIELDS, waiting };
        const before: RunSnapshot = { ...fold([]), ...fields, status };
        for (const event of [...FULL_EVENTS, ...WAITING_EVENTS]) {
          const after = foldEvent(before, envelope(2, event));
          expect(after).toEqual({
            ...before,
            ...fieldsAfter(status, event, fields),
            status: statusAfter(status, event.type),
            eventCount: 2,
            lateCount: isTerminal(status) ? 1 : 0,
            updatedAtMs: 1002,
          });
        }
      }
    }
  });
});

describe('a run that asks', () => {
  it('waits for the answers in the order of asking, until the last one has come', () => {
    expect(waitingAfter(ask('b'), ask('a'))?.interrupts).toEqual(['b', 'a']);
    expect(waitingAfter(ask('b'), ask('a'), settle('b'))?.interrupts).toEqual(['a']);
    expect(waitingAfter(ask('b'), ask('a'), settle('b'), settle('a'))).toBeNull();
  });

  it('asks once, however often it is recorded, and may ask again after the answer', () => {
    expect(waitingAfter(ask('a'), ask('a'), settle('a'))).toBeNull();
    expect(waitingAfter(ask('a'), settle('a'), ask('a'))?.interrupts).toEqual(['a']);
  });

  it('is not parked by asking, and not driven by the answer', () => {
    expect(waitingAfter(ask('a'))).toEqual({ interrupts: ['a'], parked: null, wakeAtMs: null });
    expect(waitingAfter(ask('a'), wait(null), settle('a'))).toEqual({
      interrupts: [],
      parked: 'waiting',
      wakeAtMs: 0,
    });
  });

  it('keeps its questions from attempt to attempt', () => {
    expect(waitingAfter(begin, ask('a'), release, begin)).toEqual({
      interrupts: ['a'],
      parked: null,
      wakeAtMs: null,
    });
  });

  it('is not bothered by questions without an id, or answers to none', () => {
    for (const odd of [undefined, null, 7, ['a'], { toString: 1, valueOf: 1 }]) {
      expect(waitingAfter(ask(odd))).toBeNull();
      expect(waitingAfter(ask('a'), settle(odd))?.interrupts).toEqual(['a']);
    }
    expect(waitingAfter(settle('a'))).toBeNull();
  });
});

describe('a run that nobody drives', () => {
  it('waits for an event, for an instant, or may be taken at once', () => {
    expect(waitingAfter(begin, wait(null))).toMatchObject({ parked: 'waiting', wakeAtMs: null });
    expect(waitingAfter(begin, wait(9000))).toMatchObject({ parked: 'waiting', wakeAtMs: 9000 });
    expect(waitingAfter(begin, release)).toMatchObject({ parked: 'released', wakeAtMs: 0 });
    // As earlier versions recorded it.
    expect(waitingAfter(begin, { type: 'attempt.ended', attempt: 1 })).toMatchObject({
      parked: 'released',
      wakeAtMs: 0,
    });
  });

  it('is woken by a signal, and by any answer, whatever it waits for', () => {
    for (const wakeAtMs of [null, 9000]) {
      for (const event of [signal, settle('a'), settle('unknown'), settle(undefined)]) {
        expect(waitingAfter(ask('a'), wait(wakeAtMs), event)?.wakeAtMs).toBe(0);
      }
    }
  });

  it('is driven again from the next attempt on, also when that has no proper number', () => {
    for (const attempt of [2, undefined, 'x']) {
      expect(waitingAfter(begin, wait(9000), { type: 'attempt.started', attempt })).toBeNull();
    }
  });

  it('is parked as the last end says when there were two', () => {
    expect(waitingAfter(wait(9000), release)).toMatchObject({ parked: 'released', wakeAtMs: 0 });
    expect(waitingAfter(release, wait(9000))).toMatchObject({ parked: 'waiting', wakeAtMs: 9000 });
  });

  it('is not woken by an attempt that goes on, or by anything that is only recorded', () => {
    for (const type of ['heartbeat', 'child.started', 'run.forked', 'log', 'step.completed']) {
      const parked = waitingAfter(ask('a'), wait(9000));
      expect(waitingAfter(ask('a'), wait(9000), { type, interruptId: 'a' })).toEqual(parked);
    }
    expect(waitingAfter(signal)).toBeNull();
  });

  it('is let go from the beginning on when it was created so, until somebody takes it', () => {
    const created = { ...CREATED, unowned: true };
    expect(fold([], created).waiting?.parked).toBe('released');
    expect(fold([begin], created).waiting).toBeNull();
    expect(fold([{ type: 'run.cancelled' }], created).waiting).toBeNull();
  });
});

describe('invariants of waiting', () => {
  const log = fc.oneof(anyLog, activeLog);
  const lastOf = (events: readonly RunEvent[], ...types: string[]): number =>
    events.findLastIndex(({ type }) => types.includes(type));

  it('is null exactly when no interrupt is open and nobody has parked the run', () => {
    fc.assert(
      fc.property(activeLog, (events) => {
        const { waiting } = fold(events);
        const isOpen = events.some(
          ({ type, interruptId: id }, at) =>
            type === 'interrupt.requested' &&
            typeof id === 'string' &&
            !events
              .slice(at)
              .some((later) => later.type === 'interrupt.resolved' && later['interruptId'] === id),
        );
        const parking = events[lastOf(events, 'attempt.started', 'attempt.ended')];
        const isParked = parking?.type === 'attempt.ended';
        expect(waiting !== null).toBe(isOpen || isParked);
        expect((waiting?.interrupts ?? []).length > 0).toBe(isOpen);
        const reason = parking?.['reason'] === 'waiting' ? 'waiting' : 'released';
        expect(waiting?.parked ?? null).toBe(isParked ? reason : null);
      }),
      { numRuns: runs(200) },
    );
  });

  it('has an instant only while the run is parked, a whole one, and always when it was let go', () => {
    fc.assert(
      fc.property(log, (events) => {
        const { waiting } = fold(events);
        if (waiting === null) return;
        const { parked, wakeAtMs } = waiting;
        if (parked === null) expect(wakeAtMs).toBeNull();
        if (parked === 'released') expect(wakeAtMs).not.toBeNull();
        if (wakeAtMs === null) return;
        expect(Number.isSafeInteger(wakeAtMs)).toBe(true);
        expect(wakeAtMs).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: runs(200) },
    );
  });

  it('is at once when something came for the run since it was parked', () => {
    fc.assert(
      fc.property(activeLog, (events) => {
        const { waiting } = fold(events);
        const came = lastOf(events, 'signal.received', 'interrupt.resolved');
        const isParked = (waiting?.parked ?? null) !== null;
        if (isParked && came > lastOf(events, 'attempt.ended')) expect(waiting?.wakeAtMs).toBe(0);
      }),
      { numRuns: runs(200) },
    );
  });

  it('names each open interrupt once', () => {
    fc.assert(
      fc.property(log, (events) => {
        const interrupts = fold(events).waiting?.interrupts ?? [];
        expect(new Set(interrupts).size).toBe(interrupts.length);
      }),
    );
  });

  it('is null once the run is over, and no late event changes that', () => {
    const end = fc.constantFrom('run.completed', 'run.failed', 'run.cancelled');
    fc.assert(
      fc.property(activeLog, end, fc.array(anyEvent), (before, type, late) => {
        expect(fold([...before, { type }]).waiting).toBeNull();
        expect(fold([...before, { type }, ...late]).waiting).toBeNull();
      }),
    );
  });

  it('cannot be changed from outside', () => {
    const waiting = waitingAfter(ask('a'), wait(9000));
    expect(Object.isFrozen(waiting)).toBe(true);
    expect(Object.isFrozen(waiting?.interrupts)).toBe(true);
    expect(Object.isFrozen(fold([], { ...CREATED, unowned: true }).waiting)).toBe(true);
  });
});
