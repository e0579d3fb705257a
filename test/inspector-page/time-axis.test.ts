import { describe, expect, it } from 'vitest';
import { ticksOf } from '../../src/inspector/page/parts/time/axis-ticks.ts';
import { stopwatch } from '../../src/inspector/page/parts/time/clocks.ts';
import type { Range } from '../../src/inspector/page/parts/time/range.ts';
import * as time from '../../src/inspector/page/parts/time/time-axis.ts';
import { type TimeSpan, union } from '../../src/inspector/page/parts/time/time-span.ts';
import { movedOn, zoomedOn } from '../../src/inspector/page/run/steps/zoom.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';

const DAY = 86_400_000;
const { instantOf, placeOf } = time;

function createAxis(fromMs: number, toMs: number, busy: readonly TimeSpan[]): time.TimeAxis {
  return time.createAxis({ fromMs, toMs }, busy);
}

function textsOf(axis: time.TimeAxis, range: Range, apart: number): readonly string[] {
  const ticks = ticksOf(axis, { range, apart, clock: stopwatch(axis.fromMs), areCovered: true });
  return ticks.map(({ text }) => text);
}

describe('the axis of time', () => {
  it('draws a time as it passed when the run worked all along', () => {
    const axis = createAxis(1_000, 3_000, [{ fromMs: 1_000, toMs: 3_000 }]);
    expect(axis).toMatchObject({ width: 2_000, segments: [{ isBreak: false }] });
    expect(placeOf(axis, 1_500)).toBe(500);
  });

  it('draws two days of waiting between two pieces of work as a narrow break', () => {
    const axis = createAxis(0, 2 * DAY + 2_000, [
      { fromMs: 0, toMs: 1_000 },
      { fromMs: 2 * DAY + 1_000, toMs: 2 * DAY + 2_000 },
    ]);
    expect(axis.segments.map(({ isBreak }) => isBreak)).toEqual([false, true, false]);
    expect(axis.segments.map(({ width }) => width)).toEqual([1_000, 160, 1_000]);
    expect(placeOf(axis, 2 * DAY + 1_000)).toBe(1_160);
  });

  it('leaves short waits and those that are short beside the work as they are', () => {
    expect(createAxis(0, 900, [{ fromMs: 0, toMs: 10 }]).segments).toHaveLength(1);
    const busy = [
      { fromMs: 0, toMs: 60_000 },
      { fromMs: 70_000, toMs: 130_000 },
    ];
    expect(createAxis(0, 130_000, busy).segments).toHaveLength(1);
  });

  it('shows a run without any work, and one without any time', () => {
    const idle = createAxis(0, DAY, []);
    expect(idle.width).toBe(DAY);
    expect(idle.segments.every(({ isBreak }) => !isBreak)).toBe(true);
    expect(createAxis(5, 5, []).width).toBe(1);
  });

  it('breaks of all waits together take no more than half of what is drawn in full', () => {
    const busy = Array.from({ length: 400 }, (_, n) => ({ fromMs: n * DAY, toMs: n * DAY + 500 }));
    const axis = createAxis(0, 400 * DAY, busy);
    const breaks = axis.segments.filter(({ isBreak }) => isBreak);
    const width = breaks.reduce((sum, segment) => sum + segment.width, 0);
    expect(breaks).toHaveLength(400);
    expect(width).toBeLessThanOrEqual((axis.width - width) * 0.5 + 1e-6);
  });

  it.each(Array.from({ length: 20 }, newSeed))(
    'keeps the order of all instants, there and back (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const busy = Array.from({ length: 40 }, () => {
        const fromMs = Math.floor(random() * DAY);
        return { fromMs, toMs: fromMs + Math.floor(random() * 200_000) };
      }).toSorted((a, b) => a.fromMs - b.fromMs);
      const axis = createAxis(0, DAY + 200_000, busy);
      let before = 0;
      for (let atMs = 0; atMs <= DAY + 200_000; atMs += 77_777) {
        const place = placeOf(axis, atMs);
        expect(place).toBeGreaterThanOrEqual(before);
        expect(instantOf(axis, place)).toBeCloseTo(atMs, 1);
        before = place;
      }
    },
  );
});

describe('times of work', () => {
  it('that touch are one', () => {
    const busy = [
      { fromMs: 0, toMs: 10 },
      { fromMs: 5, toMs: 7 },
      { fromMs: 10, toMs: 20 },
      { fromMs: 30, toMs: 40 },
    ];
    expect(union(busy, { fromMs: 0, toMs: 35 })).toEqual([
      { fromMs: 0, toMs: 20 },
      { fromMs: 30, toMs: 35 },
    ]);
  });
});

describe('the ticks', () => {
  it('are round times since the beginning, apart from each other', () => {
    const axis = createAxis(123, 10_123, [{ fromMs: 123, toMs: 10_123 }]);
    const texts = textsOf(axis, { from: 0, to: 10_000 }, 1_500);
    expect(texts).toEqual(['0', '2 s', '4 s', '6 s', '8 s', '10 s']);
  });

  it('tell the time since the beginning after a break, too', () => {
    const later = DAY + 3_600_000;
    const axis = createAxis(0, later + 60_000, [
      { fromMs: 0, toMs: 60_000 },
      { fromMs: later, toMs: later + 60_000 },
    ]);
    const texts = textsOf(axis, time.wholeOf(axis), 30_000);
    expect(texts).toEqual(['0', '30 s', '1 d 1:00:30', '1 d 1:01:00']);
  });

  it('are exact to the millisecond when one looks closely', () => {
    const axis = createAxis(0, 100_000, [{ fromMs: 0, toMs: 100_000 }]);
    const texts = textsOf(axis, { from: 61_001, to: 61_006.5 }, 2);
    expect(texts).toEqual(['1:01.002', '1:01.004', '1:01.006']);
  });
});

describe('zooming', () => {
  it('keeps the point that is looked at where it is', () => {
    const range = zoomedOn(null, 1_000, 0.5, 250);
    expect(range).toEqual({ from: 125, to: 625 });
    expect(zoomedOn(range, 1_000, 2, 250)).toBeNull();
  });

  it('never leaves the axis', () => {
    expect(zoomedOn(null, 1_000, 0.5, 1_000)).toEqual({ from: 500, to: 1_000 });
    expect(movedOn({ from: 500, to: 1_000 }, 1_000, 300)).toEqual({ from: 500, to: 1_000 });
    expect(movedOn({ from: 500, to: 1_000 }, 1_000, -900)).toEqual({ from: 0, to: 500 });
    expect(movedOn(null, 1_000, 300)).toBeNull();
  });
});
