import { canonicalJson } from '../json.ts';
import { cellOf, foldEvent } from './fold.ts';
import type { Envelope } from './run-events.ts';
import type { RunFields } from './run-fields.ts';
import type { RunSnapshot } from './run-snapshot.ts';
import { isTerminal, type RunStatus } from './run-status.ts';

/** An event that moved the run. `from` is null for the first one. */
export interface PathStep {
  readonly seq: number;
  readonly type: string;
  readonly from: RunStatus | null;
  readonly to: RunStatus;
}

/** An event that came when the run was over. */
export interface LateEvent {
  readonly seq: number;
  readonly type: string;
  /** The rule, in one sentence. */
  readonly why: string;
}

/** Events of one type that were recorded in one status, and changed nothing but the count. */
export interface IdleEvents {
  readonly type: string;
  readonly status: RunStatus;
  readonly count: number;
  /** Where they stand: from, to, both among them. */
  readonly seqs: readonly (readonly [from: number, to: number])[];
  /** The rule, in one sentence. */
  readonly why: string;
}

/** What became of the events of a log, by the tables that the chart makes. */
export interface LogExplanation {
  readonly snapshot: RunSnapshot;
  /** The `seq` that the explanation begins with: above 1 when the head of the log was cut. */
  readonly firstSeq: number;
  readonly path: readonly PathStep[];
  readonly late: readonly LateEvent[];
  readonly idle: readonly IdleEvents[];
}

/** Takes a log in, event by event, and explains it. */
export interface LogExplainer {
  add(envelope: Envelope): void;
  /** undefined before the first event. */
  explain(): LogExplanation | undefined;
}

interface Idle {
  readonly type: string;
  readonly status: RunStatus;
  readonly why: string;
  count: number;
  readonly seqs: [number, number][];
}

interface Decided {
  readonly type: string;
  readonly seq: number;
}

/**
 * Explains a log by the fold itself: each event is folded, and what came of it is told with the cell of the
 * status table that said so. `base` is the snapshot that a cut log builds on.
 */
export function logExplainer(base?: RunSnapshot): LogExplainer {
  const firstSeq = (base?.eventCount ?? 0) + 1;
  const path: PathStep[] = [];
  const late: LateEvent[] = [];
  const idle = new Map<string, Idle>();
  let snapshot = base;
  let decided: Decided | undefined;

  const keepIdle = (status: RunStatus, { seq, event: { type } }: Envelope, why: string): void => {
    const key = `${status} ${type} ${why}`;
    const entry = idle.get(key) ?? { type, status, why, count: 0, seqs: [] };
    const last = entry.seqs.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else entry.seqs.push([seq, seq]);
    entry.count += 1;
    idle.set(key, entry);
  };
  const add = (envelope: Envelope): void => {
    const { seq, event } = envelope;
    const { type } = event;
    const before = snapshot;
    const after = foldEvent(before, envelope);
    snapshot = after;
    if (before === undefined || before.status !== after.status) {
      path.push({ seq, type, from: before?.status ?? null, to: after.status });
      if (isTerminal(after.status)) decided = { type, seq };
    } else if (isTerminal(before.status)) {
      late.push({ seq, type, why: whyLate(type, before, decided) });
    } else if (isSame(before, after)) {
      keepIdle(before.status, envelope, whyIdle(before.status, type));
    }
  };
  const explain = (): LogExplanation | undefined =>
    snapshot && { snapshot, firstSeq, path, late, idle: [...idle.values()] };
  return { add, explain };
}

/** Explains a whole log; undefined for an empty one. */
export function explainLog(
  log: Iterable<Envelope>,
  base?: RunSnapshot,
): LogExplanation | undefined {
  const explainer = logExplainer(base);
  for (const envelope of log) explainer.add(envelope);
  return explainer.explain();
}

function whyLate(
  type: string,
  { status, eventCount, lateCount }: RunSnapshot,
  decided?: Decided,
): string {
  const lasting = status === 'cancelled' ? 'sticky' : 'final';
  // Everything after the event that decided is late, and nothing before it.
  const seq = decided?.seq ?? eventCount - lateCount;
  const what = decided?.type ?? `the end, which was cut off the log`;
  return `${type} after ${what}: late, ${status} is ${lasting} (decided by seq ${seq})`;
}

function whyIdle(status: RunStatus, type: string): string {
  const cell = cellOf(status, type);
  if (cell === undefined) return `the table has no row for ${type}: recorded, and nothing moves`;
  if (cell.rules.length === 0)
    return `${type} leads to ${cell.status}, and the run is ${status} already`;
  return `${type} applies ${cell.rules.join(', ')}, which found nothing to change`;
}

const FIELDS = [
  'prompt',
  'result',
  'error',
  'cancelReason',
  'verification',
  'attempt',
  'waiting',
] as const satisfies readonly (keyof RunFields)[];

/** A field that no rule touched is the same value still, so that most cost no look inside. */
function isSame(before: RunSnapshot, after: RunSnapshot): boolean {
  return FIELDS.every(
    (name) =>
      before[name] === after[name] || canonicalJson(before[name]) === canonicalJson(after[name]),
  );
}
