import { setTimeout as sleep } from 'node:timers/promises';
import { isRunchartError } from '../../../src/errors.ts';
import type { Stores } from '../../../src/stores/index.ts';
import { commitOf } from '../../../src/testing/cases/builders.ts';

/** What a writer was told of the events that it sent, by their ids. */
interface Told {
  readonly stored: Set<string>;
  /** Refused, or not there when the log was read after an append without an answer. */
  readonly notStored: Set<string>;
  /** How many appends had no answer. */
  unknown: number;
}

export interface SteadyWriters {
  readonly told: ReadonlyMap<string, Told>;
  /** Resolves when all have stopped, each with a clear answer to what it sent last. */
  stop(): Promise<void>;
}

/**
 * One writer per run, each with one append after the other, as run actors do it: after one without an answer it
 * reads the log before it goes on, and reads again until it can.
 */
export function writeSteadily(stores: Stores, runIds: readonly string[]): SteadyWriters {
  const stopping = new AbortController();
  const told = new Map<string, Told>();
  const write = async (runId: string): Promise<void> => {
    const mine: Told = { stored: new Set(), notStored: new Set(), unknown: 0 };
    told.set(runId, mine);
    let seq = 0;
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const eventId = `${runId} ${n}`;
      try {
        // Some have a key: they are batches for the server.
        const key = n % 3 === 0 ? { idempotencyKey: eventId } : {};
        const commit = commitOf(runId, seq, { event: { eventId }, ...key });
        const [outcome] = await stores.events.append([commit]);
        if (outcome?.kind === 'stored') {
          mine.stored.add(eventId);
          seq += 1;
          continue;
        }
        mine.notStored.add(eventId);
        seq = (await patiently(() => stores.events.get(runId)))?.lastSeq ?? 0;
      } catch (error) {
        if (!isRunchartError(error) || !error.retryable) throw error;
        mine.unknown += 1;
        const ids = await patiently(() => idsBehind(stores, runId, seq));
        if (ids.includes(eventId)) mine.stored.add(eventId);
        else mine.notStored.add(eventId);
        seq += ids.length;
      }
    }
  };
  const done = Promise.all(runIds.map(write));
  done.catch(() => undefined);
  return {
    told,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

/** The ids of the events of a run behind a seq; none of a run that is not there. */
export async function idsBehind(
  { events }: Stores,
  runId: string,
  afterSeq: number,
): Promise<readonly string[]> {
  if ((await events.get(runId)) === undefined) return [];
  const ids: string[] = [];
  for (let [from, hasMore] = [afterSeq, true]; hasMore;) {
    const page = await events.read(runId, { afterSeq: from, limit: 500 });
    ids.push(...page.events.map(({ eventId }) => eventId));
    ({ hasMore, nextAfterSeq: from } = page);
  }
  return ids;
}

/** Tries until the stores answer. */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isRunchartError(error) || !error.retryable) throw error;
      await sleep(20);
    }
  }
}
