import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewLongest } from '../../src/inspector/page/parts/time/breaks.ts';
import { wallClock } from '../../src/inspector/page/parts/time/clocks.ts';
import {
  createAxis,
  instantOf,
  placeOf,
  shareOf,
  type TimeAxis,
  wholeOf,
} from '../../src/inspector/page/parts/time/time-axis.ts';
import type { TimeSpan } from '../../src/inspector/page/parts/time/time-span.ts';
import { laneTicks } from '../../src/inspector/page/session/lane-ticks.ts';
import {
  movedBy,
  parseZoom,
  windowOf,
  zoomedTo,
  zoomText,
} from '../../src/inspector/page/session/zoom.ts';
import { runs } from '../support/runs.ts';

const HOUR = 3_600_000;
const span = (fromMs: number, toMs: number): TimeSpan => ({ fromMs, toMs });
const inUtc = (): number => 0;

/** Places as fractions of all of an axis. */
const part = (axis: TimeAxis, place: number): number => shareOf(place, wholeOf(axis)) / 100;
const placeAt = (axis: TimeAxis, atMs: number): number => part(axis, placeOf(axis, atMs));
const instantAt = (axis: TimeAxis, at: number): number => instantOf(axis, at * axis.width);

function timeScale(window: TimeSpan, busy?: readonly TimeSpan[]) {
  const axis = createAxis(window, busy, fewLongest);
  const stretches = axis.segments.map(({ fromMs, toMs, start, width, isBreak }) => {
    return { fromMs, toMs, from: part(axis, start), to: part(axis, start + width), isBreak };
  });
  return { ...axis, stretches };
}

function ticksOf(
  axis: TimeAxis,
  { room, offsetMs }: { readonly room: number; readonly offsetMs: () => number },
) {
  return laneTicks(axis, { room, clock: wallClock(offsetMs) }).map((tick) => ({
    ...tick,
    at: part(axis, tick.place),
  }));
}

describe('an axis of time', () => {
  it('passes evenly when nothing is left out', () => {
    const scale = timeScale(span(1_000, 2_000));
    expect(scale.stretches).toEqual([
      { fromMs: 1_000, toMs: 2_000, from: 0, to: 1, isBreak: false },
    ]);
    expect(placeAt(scale, 1_250)).toBe(0.25);
    expect(instantAt(scale, 0.25)).toBe(1_250);
  });

  it('leaves out a night between two runs, and keeps their lengths comparable', () => {
    const busy = [span(0, 60_000), span(9 * HOUR, 9 * HOUR + 120_000)];
    const scale = timeScale(span(0, 9 * HOUR + 120_000), busy);
    expect(scale.stretches.map(({ isBreak }) => isBreak)).toEqual([false, true, false]);
    const first = placeAt(scale, 60_000) - placeAt(scale, 0);
    const second = placeAt(scale, 9 * HOUR + 120_000) - placeAt(scale, 9 * HOUR);
    expect(second / first).toBeCloseTo(2, 6);
    expect(first + second).toBeGreaterThan(0.9);
  });

  it('does not leave out the pauses of what is regular', () => {
    const busy = Array.from({ length: 30 }, (_, at) => span(at * 3_000, at * 3_000 + 1_000));
    expect(timeScale(span(0, 88_000), busy).stretches).toHaveLength(1);
  });

  it('does not leave out everything of a window in which nothing happened', () => {
    expect(timeScale(span(0, HOUR), [span(2 * HOUR, 3 * HOUR)]).stretches).toHaveLength(1);
  });

  it('keeps the order of instants, ends at both ends, and finds each instant again', () => {
    const spans = fc
      .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e6 }))
      .map(([fromMs, ms]) => span(fromMs, fromMs + ms));
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 30 }), spans, (busy, window) => {
        const scale = timeScale(window, busy);
        const { stretches } = scale;
        expect(stretches[0]?.from).toBe(0);
        expect(stretches.at(-1)?.to).toBeCloseTo(1, 9);
        for (const [index, next] of stretches.slice(1).entries()) {
          expect(next.from).toBe(stretches[index]?.to);
          expect(next.fromMs).toBe(stretches[index]?.toMs);
        }
        let before = -1;
        for (let part = 0; part <= 20; part += 1) {
          const atMs = scale.fromMs + ((scale.toMs - scale.fromMs) * part) / 20;
          const place = placeAt(scale, atMs);
          expect(place).toBeGreaterThanOrEqual(before);
          before = place;
          const error = Math.abs(instantAt(scale, place) - atMs);
          expect(error).toBeLessThanOrEqual((scale.toMs - scale.fromMs) * 1e-6);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('the ticks of an axis', () => {
  const options = { room: 6, offsetMs: inUtc };

  it('stand at round instants', () => {
    const scale = timeScale(span(100, 60_100));
    expect(ticksOf(scale, options).map(({ atMs, text }) => [atMs, text])).toEqual([
      [10_000, '00:00:10'],
      [20_000, '00:00:20'],
      [30_000, '00:00:30'],
      [40_000, '00:00:40'],
      [50_000, '00:00:50'],
    ]);
  });

  it('are round by the clock on the wall', () => {
    const scale = timeScale(span(0, 24 * HOUR));
    const ticks = ticksOf(scale, { room: 4, offsetMs: () => 2.5 * HOUR });
    expect(ticks.map(({ text }) => text)).toEqual(['06:00', '12:00', '18:00']);
  });

  it('name the day where it changes', () => {
    const busy = [span(0, 60_000), span(30 * HOUR, 30 * HOUR + 60_000)];
    const ticks = ticksOf(timeScale(span(0, 30 * HOUR + 60_000), busy), options);
    expect(ticks.filter(({ isDay }) => isDay).map(({ text }) => text)).toEqual(['Jan 2, 06:00:30']);
  });

  it('tell where the time goes on when there is no round one after that', () => {
    const busy = [span(0, 9_000), span(9 * HOUR + 11_000, 9 * HOUR + 18_500)];
    const ticks = ticksOf(timeScale(span(0, 9 * HOUR + 18_500), busy), { ...options, room: 3 });
    expect(ticks.map(({ text }) => text)).toEqual(['00:00:00', '09:00:10']);
  });

  it('are never so close that they could not be read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e12 }),
        fc.integer({ min: 2, max: 20 }),
        (ms, room) => {
          const ticks = ticksOf(timeScale(span(1_000, 1_000 + ms)), { room, offsetMs: inUtc });
          expect(ticks.length).toBeLessThanOrEqual(room + 2);
          for (const [index, tick] of ticks.slice(1).entries()) {
            expect(tick.at - (ticks[index]?.at ?? 0)).toBeGreaterThanOrEqual(0.85 / room);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('which time is shown', () => {
  it('stands in the address, and comes from there', () => {
    for (const zoom of [
      { kind: 'last', ms: HOUR } as const,
      { kind: 'window', fromMs: 5, toMs: 900 } as const,
    ]) {
      expect(parseZoom(zoomText(zoom) ?? null)).toEqual(zoom);
    }
  });

  it('is all of it when the address says nothing that makes sense', () => {
    for (const text of [null, '', 'last-0', 'last-x', '9-5', '5', '-5-9']) {
      expect(parseZoom(text)).toEqual({ kind: 'fit' });
    }
  });

  it('is all of it, or the last of it up to now', () => {
    const all = span(1_000, 2_000);
    expect(windowOf({ kind: 'fit' }, all, 9_000)).toEqual(all);
    expect(windowOf({ kind: 'last', ms: 100 }, all, 9_000)).toEqual(span(8_900, 9_000));
  });

  it('zooms around an instant, which stays where it is', () => {
    expect(zoomedTo(span(1_000, 2_000), 0.5, 1_250)).toMatchObject(span(1_125, 1_625));
    expect(zoomedTo(span(1_000, 2_000), 1e-9, 1_500)).toMatchObject(span(1_490, 1_510));
  });

  it('moves, and not before the beginning of time', () => {
    expect(movedBy(span(1_000, 2_000), 0.5)).toMatchObject(span(1_500, 2_500));
    expect(movedBy(span(100, 2_000), -0.5)).toMatchObject(span(0, 1_900));
  });
});
