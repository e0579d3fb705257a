import type { AttemptPart, RunParts, StepPart } from '../run-parts.ts';
import type { StepTry } from '../step-try.ts';
import { countWhile } from '../../parts/sorted.ts';
import type { TimeSpan } from '../../parts/time/time-span.ts';

export type RowKind = 'step' | 'sleep' | 'child' | 'tool' | 'turn';

/** A row of the waterfall. */
export interface StepRow {
  readonly part: StepPart;
  readonly kind: RowKind;
  /** How many rows it is inside of. */
  readonly depth: number;
}

/** The moment that rows are shown at. */
export interface Then {
  readonly seq: number;
  /** Until when what is open is drawn, in epoch milliseconds. */
  readonly untilMs: number;
  /** The run is over by then: nothing of it is at work. */
  readonly isOver: boolean;
  readonly attempts: readonly AttemptPart[];
}

/** `stopped`: the run ended before it did. `waits`: the time until the next try. */
export type Outcome = StepTry['outcome'] | 'stopped' | 'waits';

export interface Bar extends TimeSpan {
  readonly outcome: Outcome;
}

/** Every row of a run, in order of beginning. */
export function rowsOf({ steps, spans: { list: spans } }: RunParts): readonly StepRow[] {
  const rows: StepRow[] = [];
  const depths = new Map<string, number>();
  let turn: StepPart | undefined;
  let step: StepPart | undefined;
  let nextSpan = 0;
  const takeSpan = (): void => {
    const span = spans[nextSpan] as (typeof spans)[number];
    nextSpan += 1;
    const inside = [turn, span.kind === 'tool' ? step : undefined].filter((outer) =>
      isOpenAt(outer, span.seq),
    ).length;
    if (span.kind === 'turn') turn = span;
    rows.push({ part: span, kind: span.kind, depth: span.kind === 'turn' ? 0 : inside });
  };
  for (const part of steps) {
    while ((spans[nextSpan]?.seq ?? Infinity) < part.seq) takeSpan();
    step = part;
    const outer = part.within === null ? undefined : depths.get(part.within);
    const depth = outer === undefined ? (isOpenAt(turn, part.seq) ? 1 : 0) : outer + 1;
    depths.set(part.stepId, depth);
    rows.push({ part, kind: kindOf(part), depth });
  }
  while (nextSpan < spans.length) takeSpan();
  return rows;
}

function kindOf({ untilMs, childRunId, name }: StepPart): RowKind {
  if (untilMs !== null) return 'sleep';
  return childRunId !== null || name.startsWith('child ') ? 'child' : 'step';
}

function isOpenAt(part: StepPart | undefined, seq: number): boolean {
  const last = part?.tries.at(-1);
  return last !== undefined && (last.endedSeq === null || last.endedSeq > seq);
}

/** How many rows have begun by an event. */
export function rowsUntil(rows: readonly StepRow[], seq: number): number {
  return countWhile(rows, ({ part }) => part.seq <= seq);
}

/** The tries of a row, and the waits between them, as they were at a moment. */
export function barsAt({ part, kind }: StepRow, then: Then): readonly Bar[] {
  const bars: Bar[] = [];
  for (const one of part.tries) {
    if (one.seq > then.seq) break;
    const doneMs = bars.at(-1)?.toMs ?? one.startedAtMs;
    if (one.startedAtMs > doneMs) {
      bars.push({ fromMs: doneMs, toMs: one.startedAtMs, outcome: 'waits' });
    }
    bars.push(barOf(one, kind, then));
  }
  const last = part.tries[bars.filter(({ outcome }) => outcome !== 'waits').length - 1];
  if (last?.retryAtMs != null && bars.at(-1)?.outcome === 'failed' && !then.isOver) {
    addRetry(bars, last.retryAtMs, then);
  }
  return bars;
}

/** What a retry does until its end is told: it waits for its instant, and then it works. */
function addRetry(bars: Bar[], retryAtMs: number, { untilMs }: Then): void {
  const fromMs = bars.at(-1)?.toMs ?? untilMs;
  const beginMs = Math.max(fromMs, Math.min(retryAtMs, untilMs));
  bars.push({ fromMs, toMs: beginMs, outcome: 'waits' });
  if (untilMs >= retryAtMs) bars.push({ fromMs: beginMs, toMs: untilMs, outcome: 'running' });
}

function barOf(one: StepTry, kind: RowKind, then: Then): Bar {
  const { startedAtMs: fromMs, endedSeq, endedAtMs, outcome } = one;
  if (endedSeq !== null && endedSeq <= then.seq) {
    return { fromMs, toMs: Math.max(fromMs, endedAtMs ?? fromMs), outcome };
  }
  // Who sleeps or waits for a child goes on with it in a later attempt; other work was lost with its process.
  const later = kind === 'sleep' || kind === 'child' ? undefined : attemptAfter(one.attempt, then);
  if (later !== undefined) {
    return { fromMs, toMs: Math.max(fromMs, later.startedAtMs), outcome: 'lost' };
  }
  const toMs = Math.max(fromMs, then.untilMs);
  return { fromMs, toMs, outcome: then.isOver ? 'stopped' : 'running' };
}

function attemptAfter(attempt: number, { seq, attempts }: Then): AttemptPart | undefined {
  const next = attempts.find((other) => other.attempt > attempt);
  return next !== undefined && next.seq <= seq ? next : undefined;
}

/** How a row stands at a moment. */
export interface Standing {
  readonly outcome: Outcome;
  /** From its beginning to its end, or so far; milliseconds. */
  readonly tookMs: number;
  readonly tries: number;
}

export function standingOf(bars: readonly Bar[]): Standing {
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return { outcome: 'running', tookMs: 0, tries: 0 };
  const tries = bars.filter(({ outcome }) => outcome !== 'waits').length;
  return { outcome: last.outcome, tookMs: last.toMs - first.fromMs, tries };
}

/** The same rows, the longest first. */
export function byDuration(rows: readonly StepRow[], then: Then): readonly StepRow[] {
  const timed = rows.map((row) => ({ row, ms: standingOf(barsAt(row, then)).tookMs }));
  return timed.sort((a, b) => b.ms - a.ms || a.row.part.seq - b.row.part.seq).map(({ row }) => row);
}

/**
 * When something was at work at a moment. A sleep and a child are no work of the
 * run: it waits for them.
 */
export function busyTimes(rows: readonly StepRow[], then: Then): readonly TimeSpan[] {
  const busy: TimeSpan[] = [];
  for (const row of rows) {
    if (row.part.seq > then.seq) break;
    if (row.kind === 'sleep' || row.kind === 'child') {
      // Its beginning and its end are told by the run itself.
      for (const { fromMs, toMs, outcome } of barsAt(row, then)) {
        busy.push({ fromMs, toMs: fromMs });
        if (outcome !== 'running') busy.push({ fromMs: toMs, toMs });
      }
      continue;
    }
    for (const bar of barsAt(row, then)) if (bar.outcome !== 'waits') busy.push(bar);
  }
  return busy;
}
