/** A time from one instant to another, in epoch milliseconds. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export function lengthOf({ fromMs, toMs }: TimeSpan): number {
  return toMs - fromMs;
}

/** How long spans are together, in milliseconds. */
export function sumOf(spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, span) => sum + lengthOf(span), 0);
}

/** What of some spans lies in a window, in order; those that touch are made one. */
export function union(spans: readonly TimeSpan[], window: TimeSpan): readonly TimeSpan[] {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const fromMs = Math.max(window.fromMs, span.fromMs);
    const toMs = Math.min(window.toMs, span.toMs);
    if (toMs < fromMs) continue;
    const last = joined.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}

/** The times of a window that lie in none of some spans, in order; none, when no span is in the window. */
export function gapsOf(spans: readonly TimeSpan[], window: TimeSpan): readonly TimeSpan[] {
  const gaps: TimeSpan[] = [];
  const inside = union(spans, window);
  // What nothing happened in has nothing that its idle times could be measured by.
  if (inside.length === 0) return gaps;
  let untilMs = window.fromMs;
  for (const { fromMs, toMs } of inside) {
    if (fromMs > untilMs) gaps.push({ fromMs: untilMs, toMs: fromMs });
    untilMs = toMs;
  }
  if (untilMs < window.toMs) gaps.push({ fromMs: untilMs, toMs: window.toMs });
  return gaps;
}
