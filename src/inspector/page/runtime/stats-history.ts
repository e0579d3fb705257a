import type { RuntimeStats } from '../../../runtime.ts';

/** What is kept of one look at the runtime. */
export interface StatsSample {
  /** By the clock of the runtime, in epoch milliseconds. */
  readonly atMs: number;
  /** Events since the look before, a second; 0 for the first. */
  readonly eventsPerSecond: number;
  /** Milliseconds of appends lately; null: there were none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly driven: number;
  readonly queued: number;
}

/** Looks that are kept: five minutes of one a second. */
export const KEPT = 300;

/**
 * One look more. A runtime that was opened anew counts from 0 again: nothing of the one before is comparable,
 * so its looks go.
 */
export function withStats(
  samples: readonly StatsSample[],
  before: RuntimeStats | undefined,
  stats: RuntimeStats,
): readonly StatsSample[] {
  const isSame = before !== undefined && before.createdAtMs === stats.createdAtMs;
  const passedMs = isSame ? stats.nowMs - before.nowMs : 0;
  if (isSame && passedMs <= 0) return samples;
  const sample: StatsSample = {
    atMs: stats.nowMs,
    eventsPerSecond: isSame
      ? ((stats.appends.events - before.appends.events) * 1_000) / passedMs
      : 0,
    p50Ms: stats.appends.latency?.p50Ms ?? null,
    p99Ms: stats.appends.latency?.p99Ms ?? null,
    driven: stats.driven.count,
    queued: stats.dispatch?.queued ?? 0,
  };
  return isSame ? [...samples.slice(1 - KEPT), sample] : [sample];
}

/** Values that a line has room for from the beginning; with more of them it is drawn closer. */
const LEAST = 60;

/** A point of a line, in a box of 1 by 1 whose origin is at its top left. */
export type Point = readonly [x: number, y: number];

/**
 * The lines of a value over time, the newest at the right end; where there was no value the line is interrupted.
 * `most` is the value at the top.
 */
export function linesOf(values: readonly (number | null)[], most: number): readonly Point[][] {
  const room = Math.max(LEAST, values.length);
  const lines: Point[][] = [];
  let line: Point[] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (line.length > 0) lines.push(line);
      line = [];
      continue;
    }
    const x = (room - values.length + index) / (room - 1);
    line.push([x, 1 - Math.min(1, value / Math.max(most, Number.MIN_VALUE))]);
  }
  if (line.length > 0) lines.push(line);
  return lines;
}
