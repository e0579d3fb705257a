import { lengthOf, sumOf, type TimeSpan } from './time-span.ts';

/** Which idle times an axis makes short. */
export interface BreakRule {
  /** Of the time that is drawn in full: the width of one break. */
  readonly width: number;
  /** The times that become breaks, in order, each within one of the gaps. `gaps` are in order, within `whole`. */
  readonly breaksOf: (gaps: readonly TimeSpan[], whole: TimeSpan) => readonly TimeSpan[];
}

/** An idle time is long when it is longer than this part of what it is measured by. */
const LONG = 0.25;
/** Nobody wonders about a shorter one, in milliseconds. */
const SHORTEST_MS = 1_000;

/** Every idle time that is long beside all the work: what is looked at is the work. There is room to name each. */
export const everyWait: BreakRule = {
  width: 0.08,
  breaksOf(gaps, whole) {
    const longMs = Math.max(SHORTEST_MS, (lengthOf(whole) - sumOf(gaps)) * LONG);
    return gaps.filter((gap) => lengthOf(gap) > longMs);
  },
};

/** More breaks than these would leave too little room for what happened. */
const MOST = 10;
/** What stays of an idle time at either side of what happened, at most, as a part of the work and of the idle time. */
const MARGIN = 0.02;

/** The few idle times that are long beside all the rest: pauses of what is regular tell something, and stay. */
export const fewLongest: BreakRule = {
  width: 0.03,
  breaksOf(gaps, whole) {
    const breaks: TimeSpan[] = [];
    const marginMs = Math.max(1, (lengthOf(whole) - sumOf(gaps)) * MARGIN);
    let restMs = lengthOf(whole);
    // The longest goes first, so that each is measured by what stays.
    for (const gap of gaps.toSorted((a, b) => lengthOf(b) - lengthOf(a))) {
      const byMs = Math.min(lengthOf(gap) * MARGIN, marginMs);
      const inner = { fromMs: gap.fromMs + byMs, toMs: gap.toMs - byMs };
      const innerMs = lengthOf(inner);
      const isLong = innerMs >= SHORTEST_MS && innerMs > LONG * (restMs - innerMs);
      if (!isLong || restMs <= innerMs || breaks.length === MOST) break;
      breaks.push(inner);
      restMs -= innerMs;
    }
    return breaks.sort((a, b) => a.fromMs - b.fromMs);
  },
};
