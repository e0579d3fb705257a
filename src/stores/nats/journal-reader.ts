import type { Msg } from '@nats-io/transport-node';
import type { ManyAnswer, Requests } from './requests.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNotFound, isPassing, ServerRefusal } from './store-error.ts';

/** A message as the stream has it. */
export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** Epoch milliseconds by the server's clock. */
  readonly timeMs: number;
  header(name: string): string | undefined;
  readonly data: Uint8Array;
}

interface MessageAnswer {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly data?: string;
    readonly hdrs?: string;
    readonly time: string;
  };
}

export interface StreamState {
  readonly lastSeq: number;
  readonly messages: number;
  readonly bytes: number;
}

/** How many messages one request may ask for. */
const BATCH = 512;
/** How many bytes one request may ask for. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** The status of a server that has more to answer than it does at once. */
const TOO_MANY = 413;
/** How long a replica that lags is given, in milliseconds. */
const PAUSE_MS = 10;

/**
 * Reads of the stream. Those named after the leader are answered by it alone, and see all that was acknowledged
 * before; the others by any replica, which may lag: whoever uses them MUST be able to tell.
 */
export class JournalReader {
  readonly #requests: Requests;
  readonly #stream: string;
  readonly #limitMs: number;

  /** A request that nobody answers is repeated for `limitMs` milliseconds. */
  constructor(requests: Requests, stream: string, limitMs: number) {
    this.#requests = requests;
    this.#stream = stream;
    this.#limitMs = limitMs;
  }

  /** The last message of a subject, from the leader. */
  last(subject: string): Promise<StoredMessage | undefined> {
    return this.#fromLeader({ last_by_subj: subject });
  }

  /** The first message of a subject from `seq` on, from the leader. */
  next(subject: string, seq: number): Promise<StoredMessage | undefined> {
    return this.#fromLeader({ seq, next_by_subj: subject });
  }

  /** The message with this sequence. From any replica, and from the leader where one has none: it is never another. */
  async at(seq: number): Promise<StoredMessage | undefined> {
    try {
      const message = await this.#requests.ask(
        `$JS.API.DIRECT.GET.${this.#stream}`,
        JSON.stringify({ seq }),
      );
      return ofDirect(message);
    } catch (error) {
      if (!isNotFound(error) && !isPassing(error)) throw error;
      return this.#fromLeader({ seq });
    }
  }

  /** Messages of a subject from `seq` on, from any replica: those at the end may be missing. */
  async some(subject: string, seq: number, limit: number): Promise<readonly StoredMessage[]> {
    const batch = Math.min(limit, BATCH);
    const request = { seq, next_by_subj: subject, batch, max_bytes: BATCH_BYTES };
    const { messages } = await this.#askMany(request);
    return messages.map(ofDirect);
  }

  /**
   * Every message of a subject from `seq` on, as of the call or later. The leader is asked for what comes behind
   * the last one: replicas have the same messages in the same order, if not as many.
   */
  async *all(subject: string, seq = 1): AsyncGenerator<StoredMessage> {
    for (let from = seq; ;) {
      const page = await this.some(subject, from, BATCH);
      yield* page;
      from = (page.at(-1)?.seq ?? from - 1) + 1;
      if (page.length >= BATCH) continue;
      const next = await this.next(subject, from);
      if (next === undefined) return;
      yield next;
      from = next.seq + 1;
    }
  }

  /**
   * The last message of each of the subjects, which may have wildcards, from a replica that knows everything up to
   * `knows`; 0: from any. Otherwise one of them MUST have a message, as a server that finds none does not say how much
   * it knows. undefined: they are too many for one answer.
   */
  async lastOf(
    subjects: readonly string[],
    knows: number,
  ): Promise<readonly StoredMessage[] | undefined> {
    for (;;) {
      try {
        const { messages, end } = await this.#askMany({ multi_last: subjects });
        const isWhole = end.headers?.get('Nats-Num-Pending') === '0';
        if (!isWhole && end.headers?.code === 204) return undefined;
        const upTo = Number(end.headers?.get('Nats-UpTo-Sequence'));
        if (knows === 0 || upTo >= knows) return messages.map(ofDirect);
        await sleep(PAUSE_MS);
      } catch (error) {
        if (error instanceof ServerRefusal && error.status === TOO_MANY) return undefined;
        throw error;
      }
    }
  }

  /** What the leader says about the stream. */
  async state(): Promise<StreamState> {
    const { state } = await this.#ask<{
      readonly state: { last_seq: number; messages: number; bytes: number };
    }>('STREAM.INFO', {});
    return { lastSeq: state.last_seq, messages: state.messages, bytes: state.bytes };
  }

  /** Deletes the messages of a subject, or those of them with a sequence below `before`. */
  async purge(subject: string, before?: number): Promise<void> {
    const seq = before === undefined ? {} : { seq: before };
    await this.#ask('STREAM.PURGE', { filter: subject, ...seq });
  }

  /** Deletes one message. Nothing happens when it is gone already. */
  async erase(seq: number): Promise<void> {
    try {
      await this.#ask('STREAM.MSG.DELETE', { seq, no_erase: true });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** What is asked may be asked twice: a server that fails, or a leader that is being elected, is waited for. */
  #ask<T>(what: string, request: object): Promise<T> {
    const subject = `$JS.API.${what}.${this.#stream}`;
    return patiently(this.#limitMs, () => this.#requests.askJson<T>(subject, request));
  }

  #askMany(request: object): Promise<ManyAnswer> {
    const subject = `$JS.API.DIRECT.GET.${this.#stream}`;
    const body = JSON.stringify(request);
    return patiently(this.#limitMs, () => this.#requests.askMany(subject, body));
  }

  async #fromLeader(request: object): Promise<StoredMessage | undefined> {
    try {
      const { message } = await this.#ask<MessageAnswer>('STREAM.MSG.GET', request);
      const lines = Buffer.from(message.hdrs ?? '', 'base64')
        .toString()
        .split('\r\n');
      return {
        subject: message.subject,
        seq: message.seq,
        timeMs: Date.parse(message.time),
        header: (name) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2),
        data: Buffer.from(message.data ?? '', 'base64'),
      };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** Does it again while nobody answers. */
async function patiently<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
  for (const endMs = performance.now() + limitMs; ;) {
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error) || performance.now() > endMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function ofDirect(message: Msg): StoredMessage {
  const header = (name: string): string | undefined => {
    // The client answers an empty text for a header that is not there.
    const value = message.headers?.get(name);
    return value === '' ? undefined : value;
  };
  return {
    subject: header('Nats-Subject') ?? '',
    seq: Number(header('Nats-Sequence')),
    timeMs: Date.parse(header('Nats-Time-Stamp') ?? ''),
    header,
    data: message.data,
  };
}
