import type { Commit, CommitOutcome, StoredEvent, Stores } from '../../../src/stores/index.ts';
import { wrapStores } from '../../../src/testing/index.ts';

interface Seen {
  readonly runId: string;
  readonly sessionId: string;
  hasBegun: boolean;
  isOver: boolean;
}

/** What the store saw of turns, in the order in which it stored it. */
export interface Turns {
  readonly stores: Stores;
  /** Attempts that began while another run of the session had begun and was not over. */
  readonly together: string[];
  /** Attempts that began before an older run of the session was over. */
  readonly early: string[];
  readonly begun: string[];
}

/** Watches over the turns in sessions: stores to be shared by all processes. */
export function turnsIn(inner: Stores): Turns {
  const runs = new Map<string, Seen>();
  const together: string[] = [];
  const early: string[] = [];
  const begun: string[] = [];
  const begins = (run: Seen): void => {
    const others = [...runs.values()].filter((other) => other !== run);
    const active = others.filter(({ sessionId, isOver }) => sessionId === run.sessionId && !isOver);
    const older = active.filter((other) => isBefore(runs, other, run));
    for (const other of active.filter(({ hasBegun }) => hasBegun)) {
      together.push(`${run.runId} beside ${other.runId}`);
    }
    for (const other of older) early.push(`${run.runId} before ${other.runId}`);
    run.hasBegun = true;
    begun.push(run.runId);
  };
  const saw = (run: Seen, { type, late }: StoredEvent): void => {
    if (type === 'attempt.started' && !late) begins(run);
    if (!late && /^run\.(completed|failed|cancelled)$/.test(type)) run.isOver = true;
  };
  const stores = wrapStores(inner, async ({ method, args }, proceed) => {
    const answer = await proceed();
    if (method !== 'events.append') return answer;
    const outcomes = answer as readonly CommitOutcome[];
    for (const [i, { run, events }] of (args[0] as readonly Commit[]).entries()) {
      if (outcomes[i]?.kind !== 'stored') continue;
      const { runId, sessionId } = run;
      const known = runs.get(runId) ?? { runId, sessionId, hasBegun: false, isOver: false };
      runs.set(runId, known);
      for (const event of events) saw(known, event);
    }
    return answer;
  });
  return { stores, together, early, begun };
}

function isBefore(runs: ReadonlyMap<string, Seen>, one: Seen, other: Seen): boolean {
  const order = [...runs.keys()];
  return order.indexOf(one.runId) < order.indexOf(other.runId);
}
