import { headers, nuid } from '@nats-io/transport-node';
import type { MsgHdrs } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { JournalReader } from './journal-reader.ts';
import { answerOf } from './requests.ts';
import type { Requests } from './requests.ts';
import { isConflict, isPassing } from './store-error.ts';

/** A message to be stored. */
export interface Draft {
  readonly subject: string;
  readonly body: string | Uint8Array;
  /** What everybody may know of it without its body. */
  readonly head?: string;
  /** It is stored only if this is the sequence of the last message of `subject`, by default its own; 0: of none. */
  readonly expect?: { readonly seq: number; readonly subject?: string };
  /** Where pieces of a body go that is too big for one message. */
  readonly partsSubject?: string;
}

/** `seqs` are those of the drafts. */
export type Written =
  | { readonly kind: 'stored'; readonly seqs: readonly number[] }
  | {
      readonly kind: 'conflict';
      /**
       * False: nothing stands where the drafts were to be. It may be that another of their expectations is not met;
       * or that the answer is of a server that leads no more, and the one that does may still store them.
       */
      readonly isSettled: boolean;
      /** Drafts that others were ahead of, for ever. Of the rest nothing is known. */
      readonly overtaken: ReadonlySet<Draft>;
    };

export interface JournalSettings {
  readonly stream: string;
  /** What a message may take, in bytes of its body. */
  readonly maxBody: number;
  /** How long a write is tried again whose answer was lost, in milliseconds. */
  readonly limitMs: number;
}

/** The header that says who wrote a message; after a lost answer it tells whether it was stored. */
export const WRITE_ID = 'Rc-Write';
export const HEAD = 'Rc-Head';
/** How many messages before this one hold its body. */
export const PARTS = 'Rc-Parts';
/** How many messages an atomic batch of the server may have. */
export const MAX_BATCH = 1000;

const PAUSE_MS = 25;
/** Of fewer drafts each is asked for by itself. */
const FEWEST_ASKED_TOGETHER = 3;
/** How long a read is repeated that nobody answers, in milliseconds. */
const READ_LIMIT_MS = 5_000;

interface PubAck {
  readonly seq: number;
}

interface Envelope {
  readonly subject: string;
  readonly body: string | Uint8Array;
  readonly headers: MsgHdrs;
}

/** What came behind the message that such a draft expects tells what became of it, and of all that go with it. */
function isJudge({ expect }: Draft): boolean {
  return expect !== undefined && expect.subject === undefined;
}

/**
 * The stream that everything is in. One stream, because the server judges a condition on another subject only
 * within the same one.
 */
export class Journal extends JournalReader {
  /** What the ids of all writes of this journal begin with. */
  readonly writer: string = nuid.next();
  readonly #requests: Requests;
  readonly #settings: JournalSettings;
  #writes = 0;

  constructor(requests: Requests, settings: JournalSettings) {
    super(requests, settings.stream, Math.min(settings.limitMs, READ_LIMIT_MS));
    this.#requests = requests;
    this.#settings = settings;
  }

  /**
   * Stores all of the drafts, one after the other and without anything in between, or none. One of them MUST have
   * an expectation of its own subject: such ones are its judges. When an answer is lost, the same is sent again
   * until it is known what became of it: what has been stored once, or superseded, is never stored again.
   * Rejects when that cannot be found out in time; it may still be stored later then, or not.
   */
  async write(drafts: readonly Draft[]): Promise<Written> {
    const id = `${this.writer}.${(this.#writes += 1).toString(36)}`;
    if (!drafts.some(isJudge)) throw new TypeError('Expected a draft that judges, got none');
    const { envelopes, offsets } = this.#envelopes(drafts, id);
    const seqsTo = (last: number): Written => ({
      kind: 'stored',
      seqs: offsets.map((offset) => last - (envelopes.length - 1 - offset)),
    });
    const endMs = performance.now() + this.#settings.limitMs;
    for (let isLost = false; ;) {
      try {
        return seqsTo(await this.#send(envelopes));
      } catch (error) {
        if (!isConflict(error) && !isPassing(error)) throw error;
        if (performance.now() > endMs) throw error;
        isLost ||= !isConflict(error);
      }
      try {
        const judges = drafts.filter(isJudge);
        const overtaken = await this.#overtaken(judges);
        // First those that something is known of.
        for (const draft of new Set([...overtaken, ...judges])) {
          const { subject, expect } = draft;
          // Behind what was expected there is the message itself, or one that keeps it out for ever.
          const next = await this.next(subject, (expect?.seq ?? 0) + 1);
          const at = offsets[drafts.indexOf(draft)] ?? 0;
          if (next?.header(WRITE_ID) === id) return seqsTo(next.seq + envelopes.length - 1 - at);
          if (next === undefined) continue;
          return {
            kind: 'conflict',
            isSettled: true,
            overtaken: new Set([...overtaken, draft]),
          };
        }
        if (!isLost) return { kind: 'conflict', isSettled: false, overtaken };
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (performance.now() > endMs) throw error;
      }
      await sleep(PAUSE_MS);
    }
  }

  /**
   * Those behind whose expectation something stands, with one question for all of them; none where each is soon
   * asked for by itself. A replica is asked: the end of the log may be unknown to it, and some may be missing.
   */
  async #overtaken(judges: readonly Draft[]): Promise<ReadonlySet<Draft>> {
    if (judges.length < FEWEST_ASKED_TOGETHER) return new Set();
    const last = await this.lastOf(
      judges.map(({ subject }) => subject),
      0,
    );
    const seqs = new Map(last?.map(({ subject, seq }) => [subject, seq]));
    return new Set(
      judges.filter(({ subject, expect }) => (seqs.get(subject) ?? 0) > (expect?.seq ?? 0)),
    );
  }

  #send(envelopes: readonly Envelope[]): Promise<number> {
    const last = envelopes.at(-1);
    if (last === undefined) throw new TypeError('Expected messages to store, got none');
    if (envelopes.length > 1) {
      // A new id each time: the server may still hold pieces of an earlier try.
      const batch = nuid.next();
      for (const [n, { headers }] of envelopes.entries()) {
        headers.set('Nats-Batch-Id', batch);
        headers.set('Nats-Batch-Sequence', String(n + 1));
      }
      last.headers.set('Nats-Batch-Commit', '1');
      for (const { subject, body, headers } of envelopes.slice(0, -1)) {
        this.#requests.tell(subject, body, headers);
      }
    }
    return this.#requests
      .ask(last.subject, last.body, last.headers)
      .then((message) => (answerOf(message) as PubAck).seq);
  }

  /** The messages that hold the drafts, and where among them those that stand for the drafts are. */
  #envelopes(
    drafts: readonly Draft[],
    id: string,
  ): { readonly envelopes: readonly Envelope[]; readonly offsets: readonly number[] } {
    const envelopes: Envelope[] = [];
    const offsets = drafts.map((draft) => {
      const { body, head, expect, subject } = draft;
      const hdrs = headers();
      if (isJudge(draft)) hdrs.set(WRITE_ID, id);
      if (head !== undefined) hdrs.set(HEAD, head);
      if (expect !== undefined) {
        hdrs.set('Nats-Expected-Last-Subject-Sequence', String(expect.seq));
        if (expect.subject !== undefined) {
          hdrs.set('Nats-Expected-Last-Subject-Sequence-Subject', expect.subject);
        }
      }
      const parts = this.#parts(draft);
      for (const part of parts) {
        envelopes.push({ subject: draft.partsSubject ?? subject, body: part, headers: headers() });
      }
      if (parts.length > 0) hdrs.set(PARTS, String(parts.length));
      envelopes.push({ subject, body: parts.length > 0 ? '' : body, headers: hdrs });
      return envelopes.length - 1;
    });
    return { envelopes, offsets };
  }

  #parts({ body, partsSubject }: Draft): readonly Uint8Array[] {
    const { maxBody } = this.#settings;
    // A character takes three bytes at most.
    if (partsSubject === undefined || body.length * 3 <= maxBody) return [];
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (bytes.length <= maxBody) return [];
    return Array.from({ length: Math.ceil(bytes.length / maxBody) }, (_, n) =>
      bytes.subarray(n * maxBody, (n + 1) * maxBody),
    );
  }
}
