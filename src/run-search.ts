import { setImmediate as turn } from 'node:timers/promises';
import { isTerminal, type RunFailure, type RunSnapshot } from './machines/index.ts';
import type { RunInfo, RunList } from './runtime.ts';
import type { EventStore, RunQuery, RunRecord } from './stores/index.ts';

/** Runs that are looked at in one turn of the event loop, and at most for one page. */
const PAGE_RUNS = 100;
const MAX_LOOKED = 2_000;

export interface SearchPort {
  readonly events: Pick<EventStore, 'list'>;
  /** undefined: the run is not looked for. */
  readonly found: (record: RunRecord) => Promise<RunInfo | undefined>;
}

/**
 * A page of the runs that are looked for among those of a query. It looks at 2,000 runs at most, so a page may
 * have fewer than there are, or none: its cursor goes on behind the last one that was looked at. Others get
 * on between any two hundreds.
 */
export async function searchRuns(
  { events, found }: SearchPort,
  { limit, cursor, ...query }: RunQuery,
): Promise<RunList> {
  const runs: RunInfo[] = [];
  let next = cursor ?? null;
  let size = PAGE_RUNS;
  for (let looked = 0; looked < MAX_LOOKED && runs.length < limit;) {
    const page = await events.list({
      ...query,
      ...(next !== null && { cursor: next }),
      limit: size,
    });
    const infos = await Promise.all(page.runs.map(found));
    const places = infos.flatMap((info, place) => (info === undefined ? [] : [place]));
    const tooMany = places[limit - runs.length];
    if (tooMany !== undefined) {
      // Only the store can say the cursor behind a run: it is asked for no more than fits.
      size = tooMany;
      continue;
    }
    runs.push(...infos.filter((info) => info !== undefined));
    next = page.nextCursor;
    if (next === null) break;
    looked += size;
    size = PAGE_RUNS;
    await turn();
  }
  return { runs, nextCursor: next };
}

/** Whether a text stands in the ids, the definition, the prompt, the result or the errors of a run, in any case. */
export function hasText(snapshot: RunSnapshot, text: string): boolean {
  const { runId, sessionId, definition, prompt, result, error, cancelReason } = snapshot;
  const told = result === null || typeof result === 'string' ? result : JSON.stringify(result);
  const words = [runId, sessionId, definition, prompt, told, cancelReason, ...wordsOf(error)];
  const wanted = text.toLowerCase();
  // What was redacted may be anything by now.
  return words.some((word) => typeof word === 'string' && word.toLowerCase().includes(wanted));
}

function wordsOf(error: RunFailure | null): readonly (string | undefined)[] {
  if (error === null) return [];
  const { name, message, code, cause } = error;
  return [name, message, code, ...wordsOf(cause ?? null)];
}

/** Whether somebody should look: it is stalled, nobody drives it though somebody should, or it asks something. */
export function needsAttention({ snapshot, owner, isStalled }: RunInfo): boolean {
  const { status, waiting } = snapshot;
  if (isTerminal(status)) return false;
  const isAsking = (waiting?.interrupts.length ?? 0) > 0;
  const isLeft = owner === null ? waiting?.parked !== 'waiting' : !owner.alive;
  return isStalled || isAsking || isLeft;
}
