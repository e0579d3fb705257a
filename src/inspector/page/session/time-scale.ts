/** A time from one instant to another, in epoch milliseconds. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A piece of the axis in which time passes evenly. Places are fractions of the whole: 0 is its left end, 1 its right. */
export interface Stretch extends TimeSpan {
  readonly from: number;
  readonly to: number;
  /** Nothing happened for long, and the axis leaves it out. */
  readonly isBreak: boolean;
}

/** Where instants stand on an axis. */
export interface TimeScale extends TimeSpan {
  /** Without gaps, in order; at least one. */
  readonly stretches: readonly Stretch[];
}

/** The part of the axis that a break takes. */
const BREAK = 0.025;
/** More breaks would leave too little room for what happened. */
const MOST_BREAKS = 10;
/** An idle time is left out when it is longer than this part of all the rest. */
const LONG = 0.25;
/** Nobody wonders about a shorter one, in milliseconds. */
const SHORTEST_MS = 1_000;

/**
 * An axis over a window of time. Idle times that are long beside everything else are left out when `busy` tells
 * when something happened; without it time passes evenly.
 */
export function timeScale(window: TimeSpan, busy?: readonly TimeSpan[]): TimeScale {
  const { fromMs } = window;
  const toMs = Math.max(window.toMs, fromMs + 1);
  const breaks = busy === undefined ? [] : breaksOf({ fromMs, toMs }, busy);
  const brokenMs = breaks.reduce((sum, gap) => sum + lengthOf(gap), 0);
  const perMs = (1 - breaks.length * BREAK) / (toMs - fromMs - brokenMs);
  const stretches: Stretch[] = [];
  let at = 0;
  const put = (span: TimeSpan, isBreak: boolean): void => {
    if (span.toMs <= span.fromMs) return;
    const to = at + (isBreak ? BREAK : lengthOf(span) * perMs);
    stretches.push({ ...span, from: at, to, isBreak });
    at = to;
  };
  let untilMs = fromMs;
  for (const gap of breaks) {
    put({ fromMs: untilMs, toMs: gap.fromMs }, false);
    put(gap, true);
    untilMs = gap.toMs;
  }
  put({ fromMs: untilMs, toMs }, false);
  return { fromMs, toMs, stretches };
}

/** Where an instant stands: a fraction of the axis. What lies beside the axis stands at its end. */
export function placeAt({ fromMs, toMs, stretches }: TimeScale, atMs: number): number {
  if (atMs <= fromMs) return 0;
  if (atMs >= toMs) return 1;
  const stretch = stretches.find((one) => atMs <= one.toMs) as Stretch;
  return stretch.from + ((atMs - stretch.fromMs) / lengthOf(stretch)) * (stretch.to - stretch.from);
}

/** The instant that stands at a fraction of the axis, in epoch milliseconds. */
export function instantAt({ fromMs, toMs, stretches }: TimeScale, place: number): number {
  if (place <= 0) return fromMs;
  const stretch = stretches.find((one) => place <= one.to);
  if (stretch === undefined) return toMs;
  const part = (place - stretch.from) / (stretch.to - stretch.from);
  return stretch.fromMs + part * lengthOf(stretch);
}

/** The idle times that are left out, in order. The longest goes first, so that each is measured by what stays. */
function breaksOf(window: TimeSpan, busy: readonly TimeSpan[]): readonly TimeSpan[] {
  const gaps = gapsOf(window, busy).sort((a, b) => lengthOf(b) - lengthOf(a));
  const breaks: TimeSpan[] = [];
  let restMs = lengthOf(window);
  for (const gap of gaps) {
    const gapMs = lengthOf(gap);
    const isLong = gapMs >= SHORTEST_MS && gapMs > LONG * (restMs - gapMs);
    if (!isLong || restMs <= gapMs || breaks.length === MOST_BREAKS) break;
    breaks.push(gap);
    restMs -= gapMs;
  }
  return breaks.sort((a, b) => a.fromMs - b.fromMs);
}

/** A piece of an idle time that stays at either side of what happened, as a part of the idle time. */
const MARGIN = 0.02;

function gapsOf({ fromMs, toMs }: TimeSpan, busy: readonly TimeSpan[]): TimeSpan[] {
  const gaps: TimeSpan[] = [];
  let untilMs = fromMs;
  const inOrder = busy
    .filter((span) => span.toMs >= fromMs && span.fromMs <= toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  // A window in which nothing happened has nothing to be measured by.
  if (inOrder.length === 0) return [];
  for (const span of inOrder) {
    if (span.fromMs > untilMs) gaps.push({ fromMs: untilMs, toMs: span.fromMs });
    untilMs = Math.max(untilMs, span.toMs);
  }
  if (untilMs < toMs) gaps.push({ fromMs: untilMs, toMs });
  const busyMs = toMs - fromMs - gaps.reduce((sum, gap) => sum + lengthOf(gap), 0);
  return gaps.map((gap) => {
    const marginMs = Math.min(lengthOf(gap) * MARGIN, Math.max(1, busyMs * MARGIN));
    return { fromMs: gap.fromMs + marginMs, toMs: gap.toMs - marginMs };
  });
}

function lengthOf({ fromMs, toMs }: TimeSpan): number {
  return toMs - fromMs;
}
