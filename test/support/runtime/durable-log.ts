import { deepStrictEqual } from 'node:assert/strict';
import type { Envelope, Receipt, RunEvent, Stores } from '../../../src/index.ts';
import type { Commit, CommitOutcome } from '../../../src/stores/index.ts';
import { wrapStores } from '../../../src/testing/index.ts';

const ENDS: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);

/** What stores have said is durable, noted beside them: it outlives what retention deletes. */
export interface DurableLog {
  /** The same stores, and everything that they store is noted. */
  watch(stores: Stores): Stores;
  /** Grows with each commit. */
  readonly commits: number;
  readonly runIds: readonly string[];
  of(runId: string): readonly Envelope[];
  isDeleted(runId: string): boolean;
  /** True when events of a run were cut. */
  isCut(runId: string): boolean;
  /** The event that ended the run; undefined while it is active. */
  endOf(runId: string): Envelope | undefined;
}

export function durableLog(): DurableLog {
  const logs = new Map<string, Envelope[]>();
  const deleted = new Set<string>();
  const cut = new Set<string>();
  let commits = 0;
  const note = ({ run: { runId, sessionId }, events }: Commit): void => {
    commits += 1;
    const log = logs.get(runId) ?? [];
    logs.set(runId, log);
    for (const { payload, type: _, ...stored } of events) {
      log.push({ ...stored, runId, sessionId, event: JSON.parse(payload) as RunEvent });
    }
  };
  const noteAnswer = (method: string, args: readonly unknown[], answer: unknown): void => {
    if (method === 'events.append') {
      const outcomes = answer as readonly CommitOutcome[];
      const stored = (args[0] as readonly Commit[]).filter(
        (_, i) => outcomes[i]?.kind === 'stored',
      );
      stored.forEach(note);
    } else if (method === 'forget') for (const id of answer as readonly string[]) deleted.add(id);
    else if (method === 'events.cut') cut.add(args[0] as string);
  };
  const of = (runId: string): readonly Envelope[] => logs.get(runId) ?? [];
  return {
    watch: (stores) =>
      wrapStores(stores, async ({ method, args }, proceed) => {
        const answer = await proceed();
        noteAnswer(method, args, answer);
        return answer;
      }),
    get commits() {
      return commits;
    },
    get runIds() {
      return [...logs.keys()];
    },
    of,
    isDeleted: (runId) => deleted.has(runId),
    isCut: (runId) => cut.has(runId),
    endOf: (runId) => of(runId).find(({ event, late }) => !late && ENDS.has(event.type)),
  };
}

/** What somebody who reads a run got, and through which of the runtimes. */
export interface ReaderLog {
  readonly runId: string;
  readonly log: readonly Envelope[];
}

/** [I5] [I6] Nothing is shown that is not durable, nothing twice, and nothing is left out. */
export function checkReader(durable: DurableLog, { runId, log }: ReaderLog): void {
  const stored = durable.of(runId);
  const first = log[0]?.seq ?? 1;
  for (const [i, envelope] of log.entries()) {
    deepStrictEqual(envelope, stored[envelope.seq - 1], 'I5: shown before it was durable');
    // Of a log whose head is cut a reader gets what is left.
    const isNext = durable.isCut(runId)
      ? envelope.seq > (log[i - 1]?.seq ?? 0)
      : envelope.seq === i + 1 && first === 1;
    if (!isNext) throw new Error(`I6: seq ${envelope.seq} came as number ${i + 1}`);
  }
}

/** [I1] Each receipt names the event that decided, and one at most says that it was its own. */
export function checkReceipts(
  durable: DurableLog,
  runId: string,
  receipts: readonly Receipt[],
): void {
  const end = durable.endOf(runId);
  for (const { outcome, status, seq } of receipts) {
    if (seq !== end?.seq || end.event.type !== `run.${status}`) {
      throw new Error(
        `I1: a receipt says ${status} at ${seq}, the log ${end?.event.type ?? 'none'} at ${end?.seq}`,
      );
    }
    const already = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
    if (outcome !== status && outcome !== already) throw new Error(`I1: ${outcome} of ${status}`);
  }
  const winners = receipts.filter(({ outcome }) => !outcome.startsWith('already'));
  if (winners.length > 1) throw new Error(`I1: ${winners.length} ended the same run`);
}

/** [I8] A key that was used twice has one event, as long as nothing of the log was cut. */
export function checkKeys(durable: DurableLog, runId: string, type: string): void {
  if (durable.isCut(runId)) return;
  const keyed = durable.of(runId).filter(({ event }) => event.type === type);
  if (keyed.length > 1) throw new Error(`I8: ${keyed.length} events of one key`);
}
