import type { ListOptions, RunChange, RunInfo, RunStatus } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import { needOf, SECTIONS } from './need-of.ts';

/** Runs that are over and are kept: more than any terminal shows. */
const MAX_ENDED = 200;

/** Which runs are looked at. */
export interface RunFilter extends Pick<ListOptions, 'sessionId' | 'definition'> {
  readonly status?: RunStatus;
}

/** The runs of a store as they are now: all that are active, and the latest that ended. */
export interface RunList {
  /** Takes a change in. Answers whether it is about a run that is looked at. */
  apply(change: RunChange): boolean;
  /** What is newer among the changes since `begin` stays. */
  readonly relist: { begin(): void; end(runs: readonly RunInfo[]): void };
  /** Those that need somebody first, then the active ones, then those that ended, the latest first. */
  sorted(nowMs: number): readonly RunInfo[];
}

export function createRunList(filter: RunFilter): RunList {
  let known = new Map<string, RunInfo>();
  /** What changed since a listing began: undefined for a run that is gone. */
  let meanwhile: Map<string, RunInfo | undefined> | undefined;

  const put = (info: RunInfo): boolean => {
    const { runId, eventCount } = info.snapshot;
    const before = known.get(runId);
    if (!isMeant(info, filter)) return known.delete(runId);
    if ((before?.snapshot.eventCount ?? 0) <= eventCount) known.set(runId, info);
    return true;
  };
  const apply = (change: RunChange): boolean => {
    if (change.kind === 'missed') return true;
    const runId = change.kind === 'gone' ? change.runId : change.run.snapshot.runId;
    meanwhile?.set(runId, change.kind === 'gone' ? undefined : change.run);
    return change.kind === 'gone' ? known.delete(runId) : put(change.run);
  };
  return {
    apply,
    relist: {
      begin: () => (meanwhile = new Map()),
      end: (runs) => {
        known = new Map(runs.map((info) => [info.snapshot.runId, info]));
        for (const [runId, run] of meanwhile ?? []) {
          if (run === undefined) known.delete(runId);
          else put(run);
        }
        meanwhile = undefined;
      },
    },
    sorted: (nowMs) => {
      const ranked = [...known.values()].map((info) => ({
        info,
        rank: SECTIONS.indexOf(needOf(info, nowMs).section),
      }));
      ranked.sort((a, b) => a.rank - b.rank || instantOf(b.info) - instantOf(a.info));
      const ended = ranked.filter(({ rank }) => rank === SECTIONS.length - 1).slice(MAX_ENDED);
      for (const { info } of ended) known.delete(info.snapshot.runId);
      return ranked.slice(0, ranked.length - ended.length).map(({ info }) => info);
    },
  };
}

/** Active runs keep their places while they work; those that are over stand in the order of their ends. */
function instantOf({ snapshot: { status, createdAtMs, updatedAtMs } }: RunInfo): number {
  return isTerminal(status) ? updatedAtMs : createdAtMs;
}

/** Whether a run is one of those that are asked for. */
export function isMeant(
  { snapshot }: RunInfo,
  { status, sessionId, definition }: RunFilter,
): boolean {
  return (
    (status === undefined || snapshot.status === status) &&
    (sessionId === undefined || snapshot.sessionId === sessionId) &&
    (definition === undefined || snapshot.definition === definition)
  );
}
