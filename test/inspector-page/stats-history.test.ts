import { describe, expect, it } from 'vitest';
import { KEPT, linesOf, withStats } from '../../src/inspector/page/runtime/stats-history.ts';
import type { RuntimeStats } from '../../src/runtime.ts';

function statsAt(nowMs: number, events: number, createdAtMs = 0): RuntimeStats {
  return {
    nowMs,
    createdAtMs,
    status: 'running',
    statusSinceMs: createdAtMs,
    ownerId: null,
    driven: { count: 2, runs: [] },
    dispatch: null,
    appends: {
      batches: 1,
      commits: 1,
      events,
      bytes: 1,
      failures: 0,
      refused: 0,
      batchSize: null,
      latency: null,
    },
    feed: { readers: 0, runs: 0, paging: 0, lagEvents: 0 },
    recovery: { sweeps: 0, recovered: 0, abandoned: 0 },
    store: { location: 'memory', bytes: null },
  };
}

describe('what is kept of the looks at a runtime', () => {
  it('has the events of the time between two of them, a second', () => {
    const first = withStats([], undefined, statsAt(1_000, 50));
    const both = withStats(first, statsAt(1_000, 50), statsAt(3_000, 60));
    expect(both.map(({ eventsPerSecond }) => eventsPerSecond)).toEqual([0, 5]);
  });

  it('begins anew with a runtime that was opened anew', () => {
    const samples = withStats([], undefined, statsAt(1_000, 50));
    const next = withStats(samples, statsAt(1_000, 50), statsAt(5_000, 2, 4_000));
    expect(next).toMatchObject([{ atMs: 5_000, eventsPerSecond: 0 }]);
  });

  it('does not count the same look twice', () => {
    const samples = withStats([], undefined, statsAt(1_000, 50));
    expect(withStats(samples, statsAt(1_000, 50), statsAt(1_000, 50))).toBe(samples);
  });

  it('is five minutes and no more', () => {
    let samples = withStats([], undefined, statsAt(0, 0));
    for (let at = 1; at <= KEPT * 2; at += 1)
      samples = withStats(samples, statsAt((at - 1) * 1_000, at), statsAt(at * 1_000, at));
    expect(samples).toHaveLength(KEPT);
    expect(samples.at(-1)?.atMs).toBe(KEPT * 2_000);
  });
});

describe('the line of a value over time', () => {
  it('ends at the right, and is interrupted where there was none', () => {
    const lines = linesOf([4, 2, null, 0], 4);
    expect(lines.map((line) => line.map(([, y]) => y))).toEqual([[0, 0.5], [1]]);
    expect(lines.at(-1)?.at(-1)?.[0]).toBe(1);
  });

  it('has room for a minute from the beginning, and for all of them later', () => {
    expect(linesOf([1, 1], 1)[0]?.[0]?.[0]).toBeCloseTo(58 / 59);
    const all = Array.from({ length: KEPT }, () => 1);
    expect(linesOf(all, 1)[0]?.[0]?.[0]).toBe(0);
  });

  it('stays in its box', () => {
    expect(linesOf([9], 3)[0]?.[0]?.[1]).toBe(0);
    expect(linesOf([0], 0)[0]?.[0]?.[1]).toBe(1);
  });
});
