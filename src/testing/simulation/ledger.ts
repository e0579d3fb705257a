import type { RunRecord, StoredEvent } from '../../stores/index.ts';

/** An event as the world saw it being stored. */
export interface Seen {
  readonly seq: number;
  readonly eventId: string;
  readonly late: boolean;
  readonly epoch: number;
  readonly type: string;
  readonly atMs: number;
  readonly json: string;
  readonly event: { readonly [name: string]: unknown };
}

/** A run as the world saw it being stored. */
export interface SeenRun {
  readonly runId: string;
  readonly definition: string | null;
  readonly forkedFrom: { readonly runId: string; readonly superStep: number } | undefined;
  readonly parentRunId: string | undefined;
  readonly log: Seen[];
  record: RunRecord;
  /** The code of the process whose attempt began last. */
  code: number | undefined;
  isPruned: boolean;
}

const TERMINAL: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);

/** All that was ever stored, by itself: what the stores and the runtimes say is held against it. */
export interface Ledger {
  /** In order of creation. */
  readonly runs: readonly SeenRun[];
  /** By run and place, how long the log was when code asked for something for the first time. */
  readonly asked: Map<string, number>;
  find(runId: string): SeenRun | undefined;
  store(record: RunRecord, events: readonly StoredEvent[]): SeenRun;
  forget(runIds: readonly string[]): void;
}

export function createLedger(): Ledger {
  const byId = new Map<string, SeenRun>();
  const runs: SeenRun[] = [];
  return {
    runs,
    asked: new Map(),
    find: (runId) => byId.get(runId),
    store: (record, events) => {
      const seen = events.map(seenOf);
      const known = byId.get(record.runId);
      // An id that was pruned is free again.
      if (known !== undefined && !known.isPruned) {
        known.record = record;
        known.log.push(...seen);
        return known;
      }
      const created = seen[0]?.event ?? {};
      const source = created['forkedFrom'] as SeenRun['forkedFrom'] | null;
      const run: SeenRun = {
        runId: record.runId,
        definition: record.definition,
        forkedFrom: source ?? undefined,
        parentRunId: record.parentRunId ?? undefined,
        log: seen,
        record,
        code: undefined,
        isPruned: false,
      };
      byId.set(record.runId, run);
      runs.push(run);
      return run;
    },
    forget: (runIds) => {
      for (const runId of runIds) {
        const run = byId.get(runId);
        if (run !== undefined) run.isPruned = true;
      }
    },
  };
}

function seenOf({ seq, eventId, late, epoch, type, emittedAtMs, payload }: StoredEvent): Seen {
  const event = JSON.parse(payload) as Seen['event'];
  return { seq, eventId, late, epoch, type, atMs: emittedAtMs, json: payload, event };
}

/** The event that decided how the run ended. */
export function endOf({ log }: SeenRun): Seen | undefined {
  return log.find(({ type, late }) => TERMINAL.has(type) && !late);
}

/** Until when a run has to be over, in epoch milliseconds; Infinity when it has forever. */
export function deadlineOf({ log }: SeenRun): number {
  return Number(log[0]?.event['deadlineAtMs'] ?? Infinity);
}

/** The number of the last attempt that began. */
export function attemptOf({ log }: SeenRun): number {
  return Number(log.findLast(({ type }) => type === 'attempt.started')?.event['attempt'] ?? 0);
}

/** What a run remembers: its own log, before it those of the runs that it was forked from, up to there. */
export function remembered(ledger: Ledger, run: SeenRun): readonly Seen[] {
  const { forkedFrom, log } = run;
  const source = forkedFrom && ledger.find(forkedFrom.runId);
  if (forkedFrom === undefined || source === undefined) return log;
  const before = remembered(ledger, source);
  const at = before.findIndex(
    ({ type, event }) => type === 'checkpoint.saved' && event['superStep'] === forkedFrom.superStep,
  );
  return [...before.slice(0, at + 1), ...log];
}
