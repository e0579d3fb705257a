import { describe, expect, it } from 'vitest';
import {
  busyOf,
  coarseSegments,
  lanesOf,
  segmentsOf,
  timeOf,
} from '../../src/inspector/page/session/lanes.ts';
import type { RunSnapshot } from '../../src/machines/index.ts';
import type { RunInfo } from '../../src/runtime.ts';
import { fold, logOf } from '../support/envelopes.ts';

function info(runId: string, over: Partial<RunSnapshot> = {}): RunInfo {
  return { snapshot: { ...fold([]), runId, ...over }, owner: null, isStalled: false };
}

const PARKED = { interrupts: [], parked: 'waiting', wakeAtMs: null } as const;

describe('lanes', () => {
  it('begin with the newest run, each followed by its children in the order in which they were started', () => {
    const lanes = lanesOf([
      info('grandchild', { parentRunId: 'second', createdAtMs: 6 }),
      info('second', { parentRunId: 'old', createdAtMs: 5 }),
      info('first', { parentRunId: 'old', createdAtMs: 4 }),
      info('new', { createdAtMs: 9 }),
      info('old', { createdAtMs: 3 }),
    ]);
    expect(lanes.map(({ run, depth }) => [run.snapshot.runId, depth])).toEqual([
      ['new', 0],
      ['old', 0],
      ['first', 1],
      ['second', 1],
      ['grandchild', 2],
    ]);
  });

  it('show a child whose parent is not shown as a run of its own', () => {
    expect(lanesOf([info('child', { parentRunId: 'elsewhere' })])).toMatchObject([{ depth: 0 }]);
  });

  it('order five hundred runs of one instant the same way each time', () => {
    const all = Array.from({ length: 500 }, (_, index) =>
      info(`run ${String(index).padStart(3, '0')}`),
    );
    const ids = lanesOf(all).map(({ run }) => run.snapshot.runId);
    expect(ids).toEqual(lanesOf(all.toReversed()).map(({ run }) => run.snapshot.runId));
    expect(ids[0]).toBe('run 499');
  });
});

describe('the bar of a run', () => {
  it('is one piece from its creation to its end, as far as the list tells', () => {
    const over = { status: 'failed', createdAtMs: 10, updatedAtMs: 30 } as const;
    expect(coarseSegments(info('a', over))).toEqual([
      { status: 'failed', isWaiting: false, fromMs: 10, toMs: 30 },
    ]);
  });

  it('goes on with what a run waits through', () => {
    const over = {
      status: 'executing',
      createdAtMs: 10,
      updatedAtMs: 30,
      waiting: PARKED,
    } as const;
    expect(coarseSegments(info('a', over))).toEqual([
      { status: 'executing', isWaiting: false, fromMs: 10, toMs: 30 },
      { status: 'executing', isWaiting: true, fromMs: 30, toMs: null },
    ]);
  });

  it('has each status with its time, and its waits, where the log was read', () => {
    const log = logOf([
      { type: 'attempt.started', attempt: 1, owner: 'one' },
      { type: 'run.started' },
      { type: 'interrupt.requested', interruptId: 'i', question: 'well?' },
      { type: 'interrupt.resolved', interruptId: 'i', outcome: 'answered', value: true },
      { type: 'run.completed', result: 1 },
      { type: 'log', message: 'late' },
    ]);
    expect(segmentsOf(log)).toEqual([
      { status: 'created', isWaiting: false, fromMs: 1_001, toMs: 1_003 },
      { status: 'executing', isWaiting: false, fromMs: 1_003, toMs: 1_004 },
      { status: 'executing', isWaiting: true, fromMs: 1_004, toMs: 1_005 },
      { status: 'executing', isWaiting: false, fromMs: 1_005, toMs: 1_006 },
    ]);
  });

  it('is open at its end as long as the run is active', () => {
    expect(segmentsOf(logOf([{ type: 'run.started' }])).at(-1)).toMatchObject({
      status: 'executing',
      toMs: null,
    });
  });
});

describe('the time of runs', () => {
  it('reaches up to now while one of them is active', () => {
    const over = info('a', { status: 'completed', createdAtMs: 5, updatedAtMs: 8 });
    const active = info('b', { createdAtMs: 6, updatedAtMs: 6 });
    expect(timeOf([], 99)).toBeUndefined();
    expect(timeOf([over], 99)).toEqual({ fromMs: 5, toMs: 8 });
    expect(timeOf([over, active], 99)).toEqual({ fromMs: 5, toMs: 99 });
  });

  it('is busy while a run works, and not while it is queued or waits', () => {
    const run = info('a', { status: 'executing', createdAtMs: 1, waiting: PARKED });
    const segments = [
      { status: 'created', isWaiting: false, fromMs: 1, toMs: 50 },
      { status: 'executing', isWaiting: false, fromMs: 50, toMs: 60 },
      { status: 'executing', isWaiting: true, fromMs: 60, toMs: null },
    ] as const;
    expect(busyOf(run, segments, 500)).toEqual([
      { fromMs: 1, toMs: 1 },
      { fromMs: 50, toMs: 60 },
      { fromMs: 500, toMs: 500 },
    ]);
  });
});
