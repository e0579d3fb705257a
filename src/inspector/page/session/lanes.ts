import { foldEvent, isTerminal, type Envelope } from '../../../machines/index.ts';
import type { RunSnapshot, RunStatus } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import type { TimeSpan } from '../parts/time/time-span.ts';

/** A run in its lane. */
export interface Lane {
  readonly run: RunInfo;
  /** 0 for a run that no run shown here has started, 1 for its children, and so on. */
  readonly depth: number;
}

/** The newest run first, and beneath each run its children, the oldest first, as they were started. */
export function lanesOf(runs: Iterable<RunInfo>): readonly Lane[] {
  const all = new Map<string, RunInfo>();
  for (const run of runs) all.set(run.snapshot.runId, run);
  const children = new Map<string | null, RunInfo[]>();
  for (const run of all.values()) {
    const { parentRunId } = run.snapshot;
    const parent = parentRunId !== null && all.has(parentRunId) ? parentRunId : null;
    children.set(parent, [...(children.get(parent) ?? []), run]);
  }
  const lanes: Lane[] = [];
  const put = (run: RunInfo, depth: number): void => {
    lanes.push({ run, depth });
    for (const child of inOrder(children.get(run.snapshot.runId) ?? [])) put(child, depth + 1);
  };
  for (const root of inOrder(children.get(null) ?? []).toReversed()) put(root, 0);
  return lanes;
}

function inOrder(runs: readonly RunInfo[]): RunInfo[] {
  return runs.toSorted(
    ({ snapshot: a }, { snapshot: b }) =>
      a.createdAtMs - b.createdAtMs || (a.runId < b.runId ? -1 : 1),
  );
}

/** A time in which a run had one status, and either waited for something or did not. */
export interface Segment {
  readonly status: RunStatus;
  readonly isWaiting: boolean;
  readonly fromMs: number;
  /** null: it goes on. */
  readonly toMs: number | null;
}

/** Parked, or with a question that is open: whoever drives it has nothing to do until somebody else has done something. */
function isWaiting({ status, waiting }: RunSnapshot): boolean {
  if (waiting === null || isTerminal(status)) return false;
  return waiting.interrupts.length > 0 || waiting.parked === 'waiting';
}

/** As far as the list can tell: one bar, and after it what it waits through. */
export function coarseSegments({ snapshot }: RunInfo): readonly Segment[] {
  const { status, createdAtMs: fromMs, updatedAtMs } = snapshot;
  if (isTerminal(status)) return [{ status, isWaiting: false, fromMs, toMs: updatedAtMs }];
  if (!isWaiting(snapshot)) return [{ status, isWaiting: false, fromMs, toMs: null }];
  return [
    { status, isWaiting: false, fromMs, toMs: updatedAtMs },
    { status, isWaiting: true, fromMs: updatedAtMs, toMs: null },
  ];
}

/** What the log tells: each status with its time. A run that is over ends with its last one. */
export function segmentsOf(log: Iterable<Envelope>): readonly Segment[] {
  const segments: Segment[] = [];
  let snapshot: RunSnapshot | undefined;
  for (const envelope of log) {
    snapshot = foldEvent(snapshot, envelope);
    const last = segments.at(-1);
    const waits = isWaiting(snapshot);
    if (last?.status === snapshot.status && last.isWaiting === waits) continue;
    const atMs = envelope.emittedAtMs;
    if (last !== undefined) segments[segments.length - 1] = { ...last, toMs: atMs };
    if (isTerminal(snapshot.status)) return segments;
    segments.push({ status: snapshot.status, isWaiting: waits, fromMs: atMs, toMs: null });
  }
  return segments;
}

/** The time that runs take up together; undefined for none. Active ones reach up to now. */
export function timeOf(runs: Iterable<RunInfo>, nowMs: number): TimeSpan | undefined {
  let span: TimeSpan | undefined;
  for (const run of runs) {
    const fromMs = run.snapshot.createdAtMs;
    const toMs = endOf(run, nowMs);
    span =
      span === undefined
        ? { fromMs, toMs }
        : { fromMs: Math.min(span.fromMs, fromMs), toMs: Math.max(span.toMs, toMs) };
  }
  return span;
}

/**
 * When something happened in a run. What is queued, or waits, is no more than an idle time of the axis: only
 * that it began and ended is shown in any case.
 */
export function busyOf(
  { snapshot }: RunInfo,
  segments: readonly Segment[],
  nowMs: number,
): readonly TimeSpan[] {
  const { createdAtMs, updatedAtMs, status } = snapshot;
  const endMs = isTerminal(status) ? updatedAtMs : nowMs;
  const worked = segments.filter((segment) => segment.status !== 'created' && !segment.isWaiting);
  return [
    { fromMs: createdAtMs, toMs: createdAtMs },
    ...worked.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? nowMs })),
    { fromMs: endMs, toMs: endMs },
  ];
}

function endOf({ snapshot: { status, updatedAtMs } }: RunInfo, nowMs: number): number {
  return isTerminal(status) ? updatedAtMs : Math.max(nowMs, updatedAtMs);
}
