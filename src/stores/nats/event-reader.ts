import { RunchartError } from '../../errors.ts';
import { checkLimit } from '../check-query.ts';
import type { EventPage, PageChain, ReadOptions, RunRecord, StoredEvent } from '../event-store.ts';
import { parseStored } from '../../stored-json.ts';
import type { Connection } from './connection.ts';
import type { StoredMessage } from './journal-reader.ts';
import { isKnownKey, markOfMessage } from './key-marks.ts';
import {
  eventsOf,
  headOfMessage,
  isGone,
  recordOf,
  type CreatedBy,
  type RunBody,
  type RunHead,
} from './run-message.ts';
import { bodyOf, textOf } from './stored-body.ts';

/** What a cut log builds on, as `cut` keeps it. */
export interface CutBase {
  readonly throughSeq: number;
  readonly base: string;
  readonly baseHash: string | null;
  readonly created: CreatedBy;
}

/** An event with what is kept beside it. */
interface LoggedEvent {
  readonly event: StoredEvent;
  readonly hash: string | null;
  readonly key: string | null;
}

/** A message of a log as its reader has it. */
interface LogPiece {
  readonly head: RunHead;
  readonly body: RunBody;
}

/** A log that is this short is read from its head: looking for a place in it takes longer. */
const SHORT = 256;
const STALE_READS = 100;
const STALE_PAUSE_MS = 10;

export async function getRun(
  connection: Connection,
  runId: string,
): Promise<RunRecord | undefined> {
  const { head, message } = await connection.heads.fresh(connection, runId);
  if (head === undefined || message === undefined) return undefined;
  return recordOf(head, await bodyOf<RunBody>(connection.journal, message));
}

/** The runs with these heads, as they were then or are now; those that are gone are left out. */
export async function recordsOf(
  connection: Connection,
  found: readonly RunHead[],
): Promise<readonly RunRecord[]> {
  const { journal } = connection;
  const records = await Promise.all(
    found.map(async (head) => {
      const message = await journal.at(head.seq);
      // Retention may have taken that message since.
      if (message === undefined) return getRun(connection, head.run.runId);
      return recordOf(head, await bodyOf<RunBody>(journal, message));
    }),
  );
  return records.flatMap((record) => record ?? []);
}

export async function readPage(
  connection: Connection,
  runId: string,
  { afterSeq = 0, limit, chain = false, keys = false }: ReadOptions,
): Promise<EventPage> {
  checkLimit(limit);
  for (let reads = 1; ; reads += 1) {
    const { head, message } = await connection.heads.fresh(connection, runId);
    if (head === undefined || message === undefined) throw runNotFound(runId);
    const after = Math.max(afterSeq, head.cutSeq);
    const end = Math.min(after + limit, head.run.lastSeq);
    const [logged, base, created] = await Promise.all([
      readLog(connection, head, after + 1, end, message),
      head.cutSeq === 0 ? undefined : cutBaseOf(connection, head),
      keys ? createdBy(connection, head) : undefined,
    ]);
    const hasBase = head.cutSeq === 0 || base !== undefined;
    if (logged !== undefined && hasBase && (created !== undefined || !keys)) {
      const nextAfterSeq = logged.at(-1)?.event.seq ?? afterSeq;
      return {
        events: logged.map(({ event }) => event),
        nextAfterSeq,
        hasMore: nextAfterSeq < head.run.lastSeq,
        firstSeq: head.cutSeq + 1,
        base: base?.base ?? null,
        ...(chain && { chain: chainOf(head, logged, base) }),
        ...(created && { keys: { created, events: await keysOf(connection, head, logged) } }),
      };
    }
    // It was cut in the meantime, or what was read is gone by somebody else's hand.
    if (reads === STALE_READS) throw brokenLog(runId, after + 1);
  }
}

function chainOf(
  { run, hash, cutSeq }: RunHead,
  logged: readonly LoggedEvent[],
  base: CutBase | undefined,
): PageChain {
  return {
    hashes: logged.map((one) => one.hash),
    base: cutSeq === 0 || hash === null ? null : (base?.baseHash ?? null),
    head: hash,
    lastSeq: run.lastSeq,
  };
}

/** A key of which an event was cut is none any more. Only the first key of a page can be such a one. */
async function keysOf(
  { journal, subjects }: Connection,
  head: RunHead,
  logged: readonly LoggedEvent[],
): Promise<readonly (string | null)[]> {
  const keys = logged.map(({ key }) => key);
  const [first] = logged;
  if (head.cutSeq === 0 || first === undefined || first.key === null) return keys;
  const message = await journal.last(subjects.key(head.run.runId, first.key));
  const isKnown = message !== undefined && isKnownKey(message, head);
  const from = isKnown ? markOfMessage(message).first : Infinity;
  return logged.map(({ key, event }) => (key === first.key && event.seq < from ? null : key));
}

/** The events from `first` up to `last` of a run; none when they were cut meanwhile. */
export async function readEvents(
  connection: Connection,
  head: RunHead,
  first: number,
  last: number,
): Promise<readonly StoredEvent[]> {
  const logged = await readLog(connection, head, first, last);
  return (logged ?? []).map(({ event }) => event);
}

/** What a cut through the head's `cutSeq` left; undefined when there has been another one since. */
async function cutBaseOf(
  { journal, subjects }: Connection,
  { run, cutSeq }: RunHead,
): Promise<CutBase | undefined> {
  const message = await journal.last(subjects.cut(run.runId));
  if (message === undefined) return undefined;
  const base = await bodyOf<CutBase>(journal, message);
  return base.throughSeq === cutSeq ? base : undefined;
}

/** Under what the run was created; undefined when it was cut in this moment. */
export async function createdBy(
  connection: Connection,
  head: RunHead,
): Promise<CreatedBy | undefined> {
  if (head.cutSeq > 0) return (await cutBaseOf(connection, head))?.created;
  const first = await connection.journal.at(head.position);
  if (first === undefined) return undefined;
  return (await bodyOf<RunBody>(connection.journal, first)).created;
}

/** Events from `first` up to `last`, which the head knows of; undefined when they are not all there any more. */
export async function readLog(
  connection: Connection,
  head: RunHead,
  first: number,
  last: number,
  message?: StoredMessage,
): Promise<readonly LoggedEvent[] | undefined> {
  if (last < first) return [];
  const { journal, places } = connection;
  if (message !== undefined && first >= head.first) {
    return loggedOf({ head, body: await bodyOf<RunBody>(journal, message) }, first, last);
  }
  const { runId } = head.run;
  const start = places.get(head, first) ?? (await findPlace(connection, head, first));
  if (start === undefined) return undefined;
  const logged: LoggedEvent[] = [];
  let wanted = first;
  for (let [from, misses] = [start, 0]; wanted <= last;) {
    const page = await journal.some(connection.subjects.run(runId), from, last - wanted + 1);
    const known = page.at(-1) ?? (await laterOf(connection, runId, from, (misses += 1)));
    if (known === undefined) return undefined;
    for (const one of page.length > 0 ? page : [known]) {
      const piece = await pieceOf(connection, one);
      if (piece === undefined || piece.head.first > wanted) return undefined;
      logged.push(...loggedOf(piece, wanted, last));
      wanted = Math.max(wanted, piece.head.first + piece.body.events.length);
      from = one.seq + 1;
      places.add(piece.head);
    }
  }
  return logged;
}

/** A replica may not have what the leader has. */
async function laterOf(
  { journal, subjects }: Connection,
  runId: string,
  from: number,
  misses: number,
): Promise<StoredMessage | undefined> {
  const message = await journal.next(subjects.run(runId), from);
  if (message === undefined && misses < STALE_READS) {
    await new Promise((resolve) => setTimeout(resolve, STALE_PAUSE_MS));
  }
  return message;
}

async function pieceOf(
  { journal }: Connection,
  message: StoredMessage,
): Promise<LogPiece | undefined> {
  const head = headOfMessage(message);
  if (head === undefined || isGone(head)) return undefined;
  const text = await textOf(journal, message);
  return { head, body: parseStored<RunBody>(text, () => `message ${message.seq}`) };
}

function loggedOf({ head, body }: LogPiece, first: number, last: number): LoggedEvent[] {
  const { key, hashes } = body;
  return eventsOf(body, head.first)
    .map((event, n) => ({
      event,
      hash: hashes?.[n] ?? null,
      key: typeof key === 'string' || key === null ? key : (key[n] ?? null),
    }))
    .filter(({ event: { seq } }) => seq >= first && seq <= last);
}

/**
 * The sequence of the message that holds an event: looked for between the head of the log and its end, where the
 * numbers of the events say how far off a message is.
 */
async function findPlace(
  { journal, subjects, places }: Connection,
  head: RunHead,
  wanted: number,
): Promise<number | undefined> {
  const subject = subjects.run(head.run.runId);
  const nearest = places.before(head, wanted);
  let low = nearest ?? { seq: head.position, first: 1 };
  let high = { seq: head.seq, first: head.first };
  if (wanted >= high.first) return high.seq;
  for (let guesses = 0; wanted - low.first > SHORT || head.cutSeq > 0; guesses += 1) {
    if (high.seq - low.seq <= 1) break;
    const share = guesses % 2 === 0 ? (wanted - low.first) / (high.first - low.first) : 0.5;
    const guess = low.seq + Math.max(1, Math.floor((high.seq - low.seq) * share));
    const message = await journal.next(subject, Math.min(guess, high.seq));
    const found = headOfMessage(message);
    if (found === undefined || isGone(found)) return undefined;
    if (found.first <= wanted) {
      if (found.run.lastSeq >= wanted) return found.seq;
      low = { seq: found.seq, first: found.first };
    } else high = { seq: guess, first: found.first };
  }
  return low.seq;
}

export function runNotFound(runId: string): RunchartError {
  return new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
}

function brokenLog(runId: string, seq: number): RunchartError {
  return new RunchartError(
    'STORE_CORRUPT',
    `The log of run ${runId} lacks event ${seq}, and no cut took it; restore the stream from a copy.`,
  );
}
