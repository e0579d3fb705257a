import type { RunEvent } from '../../../src/index.ts';
import type { RunRecord, StoredEvent, Stores } from '../../../src/stores/index.ts';
import type { Note, NoteOf } from './paper.ts';

const PAGE = 1_000;

export interface LoggedEvent {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly atMs: number;
  readonly epoch: number;
  readonly late: boolean;
  readonly event: RunEvent;
}

/** A run as the store has it in the end. */
export interface RunLog {
  readonly runId: string;
  readonly sessionId: string;
  readonly definition: string | null;
  readonly status: string;
  readonly owner: string | null;
  readonly lastSeq: number;
  readonly events: readonly LoggedEvent[];
  /** What `verify` found. */
  readonly problems: readonly string[];
}

/** All that a verdict rests on. */
export interface Evidence {
  /** In the order in which the store met them. */
  readonly runs: readonly RunLog[];
  /** What the processes wrote down, by their names. */
  readonly papers: ReadonlyMap<string, readonly Note[]>;
}

/** The logs of all runs, oldest first. */
export async function readLogs(
  stores: Stores,
  verify: (runId: string) => Promise<readonly string[]>,
): Promise<readonly RunLog[]> {
  const logs: RunLog[] = [];
  for (const record of await readRecords(stores)) {
    const { runId, sessionId, definition, status, owner, lastSeq } = record;
    const events = await readEvents(stores, runId);
    const problems = await verify(runId);
    logs.push({ runId, sessionId, definition, status, owner, lastSeq, events, problems });
  }
  return logs;
}

async function readRecords({ events }: Stores): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await events.list({ limit: PAGE, order: 'oldest', ...(cursor && { cursor }) });
    records.push(...page.runs);
    cursor = page.nextCursor;
  }
  return records;
}

async function readEvents({ events }: Stores, runId: string): Promise<readonly LoggedEvent[]> {
  const log: LoggedEvent[] = [];
  for (let afterSeq = 0; ;) {
    const page = await events.read(runId, { afterSeq, limit: PAGE });
    log.push(...page.events.map(loggedEvent));
    afterSeq = page.nextAfterSeq;
    if (!page.hasMore) return log;
  }
}

function loggedEvent({ emittedAtMs, payload, ...stored }: StoredEvent): LoggedEvent {
  return { ...stored, atMs: emittedAtMs, event: JSON.parse(payload) as RunEvent };
}

/** A note with whose it is, and when. */
export type Told<Kind extends Note[0]> = {
  readonly by: string;
  readonly atMs: number;
} & NoteOf<Kind>;

/** The notes of one kind, of all papers. */
export function* notesOf<Kind extends Note[0]>(
  { papers }: Pick<Evidence, 'papers'>,
  kind: Kind,
): Generator<Told<Kind>, void, void> {
  for (const [by, notes] of papers) {
    for (const note of notes) {
      if (note[0] === kind) yield { by, atMs: note[1], ...(note[2] as object) } as Told<Kind>;
    }
  }
}
