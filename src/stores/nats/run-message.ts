import { RunchartError } from '../../errors.ts';
import type { RunRecord, StoredEvent } from '../event-store.ts';
import { parseStored } from '../../stored-json.ts';
import { HEAD } from './journal.ts';
import type { StoredMessage } from './journal-reader.ts';

/** A record without its snapshot, which is as big as the rest together. */
type RunFacts = Omit<RunRecord, 'snapshot'>;

/** What everybody knows of a run: the last message of its subject, without its body. */
export interface RunHead {
  readonly run: RunFacts;
  /** The sequence of the message. */
  readonly seq: number;
  /** The sequence of the message that created the run: grows from run to run, and tells two of one id apart. */
  readonly position: number;
  /** The events up to and including this one were cut. */
  readonly cutSeq: number;
  /** The hash of the last event; null: the run has no chain. */
  readonly hash: string | null;
  /** The `seq` of the first event in this message; behind the last one when it has none. */
  readonly first: number;
}

/** The run is gone; its id is free when all that belonged to it is gone as well. */
export interface GoneRun {
  readonly runId: string;
  readonly seq: number;
  readonly isGone: true;
}

/** What a message holds beside its head. */
export interface RunBody {
  readonly snapshot: string;
  /** Without `seq`, which counts from `first`. */
  readonly events: readonly EventTuple[];
  /** The key of each event, or one for all of them. */
  readonly key: string | null | readonly (string | null)[];
  readonly hashes: readonly (string | null)[] | null;
  /** Under what the run was created, in the message that did so. */
  readonly created?: CreatedBy;
}

export interface CreatedBy {
  readonly key: string | null;
  readonly throughSeq: number;
}

type EventTuple = readonly [
  eventId: string,
  type: string,
  emittedAtMs: number,
  epoch: number,
  late: 0 | 1,
  payload: string,
];

type HeadTuple = readonly [
  runId: string,
  sessionId: string,
  definition: string | null,
  status: string,
  lastSeq: number,
  epoch: number,
  owner: string | null,
  wakeAtMs: number | null,
  parentRunId: string | null,
  forkedFrom: string | null,
  createdAtMs: number,
  updatedAtMs: number,
  position: number,
  cutSeq: number,
  hash: string | null,
  first: number,
];

/** The server takes 64 KiB of headers; its own have their place among them. */
const MAX_HEAD = 60_000;

/** The text of a head. Its `seq` is not in there: it is that of the message; a `position` of 0 stands for it. */
export function headText(head: Omit<RunHead, 'seq'>): string {
  const { run, position, cutSeq, hash, first } = head;
  const tuple: HeadTuple = [
    run.runId,
    run.sessionId,
    run.definition,
    run.status,
    run.lastSeq,
    run.epoch,
    run.owner,
    run.wakeAtMs,
    run.parentRunId,
    run.forkedFrom,
    run.createdAtMs,
    run.updatedAtMs,
    position,
    cutSeq,
    hash,
    first,
  ];
  const text = JSON.stringify(tuple);
  if (text.length * 3 > MAX_HEAD && Buffer.byteLength(text) > MAX_HEAD) {
    throw new RunchartError(
      'INPUT_INVALID',
      `The ids and names of run ${run.runId.slice(0, 80)} take more than ${MAX_HEAD} bytes; give shorter ones.`,
    );
  }
  return text;
}

export function goneText(runId: string): string {
  return JSON.stringify({ gone: runId });
}

/** What a message on the subject of a run says; undefined when it is none of ours. */
export function headOf(text: string | undefined, seq: number): RunHead | GoneRun | undefined {
  if (text === undefined) return undefined;
  const parsed = parseStored<HeadTuple | { gone: string }>(text, () => `message ${seq}`);
  if (!isTuple(parsed)) return { runId: parsed.gone, seq, isGone: true };
  const [runId, sessionId, definition, status, lastSeq, epoch, owner, wakeAtMs, ...rest] = parsed;
  const [parentRunId, forkedFrom, createdAtMs, updatedAtMs, position, cutSeq, hash, first] = rest;
  const run: RunFacts = {
    runId,
    sessionId,
    definition,
    status,
    lastSeq,
    epoch,
    owner,
    wakeAtMs,
    parentRunId,
    forkedFrom,
    createdAtMs,
    updatedAtMs,
  };
  return { run, seq, position: position === 0 ? seq : position, cutSeq, hash, first };
}

function isTuple(parsed: HeadTuple | { gone: string }): parsed is HeadTuple {
  return Array.isArray(parsed);
}

export function headOfMessage(message: StoredMessage | undefined): RunHead | GoneRun | undefined {
  return message && headOf(message.header(HEAD), message.seq);
}

export function isGone(head: RunHead | GoneRun): head is GoneRun {
  return 'isGone' in head;
}

export function bodyText(body: RunBody): string {
  return JSON.stringify(body);
}

export function tupleOf(event: StoredEvent): EventTuple {
  const { eventId, type, emittedAtMs, epoch, late, payload } = event;
  return [eventId, type, emittedAtMs, epoch, late ? 1 : 0, payload];
}

/** The events of a message whose first one is `first`. */
export function eventsOf({ events }: RunBody, first: number): readonly StoredEvent[] {
  return events.map(([eventId, type, emittedAtMs, epoch, late, payload], n) => ({
    seq: first + n,
    eventId,
    type,
    emittedAtMs,
    epoch,
    late: late === 1,
    payload,
  }));
}

export function recordOf(head: RunHead, { snapshot }: RunBody): RunRecord {
  return { ...head.run, snapshot };
}
