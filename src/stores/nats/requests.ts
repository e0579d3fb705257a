import { createInbox } from '@nats-io/transport-node';
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import { ServerRefusal, Unanswered } from './store-error.ts';

/** How often it is looked for requests that wait for too long, in milliseconds. */
const SWEEP_MS = 200;

interface Waiting {
  /** Answers true when this was the last message of the answer. */
  readonly take: (message: Msg) => boolean;
  readonly fail: (error: Error) => void;
  /** The last turn of the timer that it waits for. */
  readonly lastTurn: number;
}

export interface ManyAnswer {
  readonly messages: readonly Msg[];
  readonly end: Msg;
}

/**
 * Requests over one connection, any number at once, with one inbox and one timer for all of them. Those that are
 * under way when the connection is cut fail at once, as nobody will answer them. How long one waits is counted in
 * turns of the timer: while this process does not run, because it was stopped or is busy, it cannot take an answer
 * either, and that time does not count.
 */
export class Requests {
  readonly #nc: NatsConnection;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  readonly #limitMs: number;
  #turn = 0;
  #last = 0;

  constructor(nc: NatsConnection, limitMs: number) {
    this.#nc = nc;
    this.#limitMs = limitMs;
    this.#inbox = `${createInbox()}.`;
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.#take(message);
    };
    this.#subscription = nc.subscribe(`${this.#inbox}*`, { callback });
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** Sends without asking for an answer. */
  tell(subject: string, body: string | Uint8Array, headers?: MsgHdrs): void {
    this.#nc.publish(subject, body, headers && { headers });
  }

  /** Rejects with Unanswered, or with ServerRefusal when nobody serves the subject. */
  ask(subject: string, body: string | Uint8Array = '', headers?: MsgHdrs): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const take = (message: Msg): boolean => {
        const code = message.headers?.code ?? 0;
        if (code >= 400) {
          reject(new ServerRefusal(code, 0, message.headers?.description ?? `status ${code}`));
        } else resolve(message);
        return true;
      };
      this.#send(subject, body, headers, take, reject);
    });
  }

  /** Asks for several messages; the server ends them with one that has a status. */
  askMany(subject: string, body: string): Promise<ManyAnswer> {
    return new Promise((resolve, reject) => {
      const messages: Msg[] = [];
      const take = (message: Msg): boolean => {
        const code = message.headers?.code ?? 0;
        if (code === 0) {
          messages.push(message);
          return false;
        }
        if (code === 204 || code === 404) resolve({ messages, end: message });
        else reject(new ServerRefusal(code, 0, message.headers?.description ?? `status ${code}`));
        return true;
      };
      this.#send(subject, body, undefined, take, reject);
    });
  }

  /** Asks a function of the server that speaks JSON. Rejects with ServerRefusal when it answers an error. */
  async askJson<T>(subject: string, request: object): Promise<T> {
    const message = await this.ask(subject, JSON.stringify(request));
    return answerOf(message) as T;
  }

  /** Fails all that are under way. */
  failAll(reason: string): void {
    for (const { fail } of this.#waiting.values()) fail(new Unanswered(reason));
    this.#waiting.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.failAll('the stores were closed');
    this.#subscription.unsubscribe();
  }

  #send(
    subject: string,
    body: string | Uint8Array,
    headers: MsgHdrs | undefined,
    take: Waiting['take'],
    fail: Waiting['fail'],
  ): void {
    const token = (this.#last += 1).toString(36);
    const options = { reply: this.#inbox + token, ...(headers && { headers }) };
    try {
      this.#nc.publish(subject, body, options);
    } catch (error) {
      // It was closed, or the message is too big: nothing was sent.
      fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const lastTurn = this.#turn + Math.ceil(this.#limitMs / SWEEP_MS);
    this.#waiting.set(token, { take, fail, lastTurn });
  }

  #take(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length);
    if (this.#waiting.get(token)?.take(message) === true) this.#waiting.delete(token);
  }

  /** They are in order of sending, and wait equally long. */
  #sweep(): void {
    this.#turn += 1;
    for (const [token, { fail, lastTurn }] of this.#waiting) {
      if (lastTurn >= this.#turn) return;
      this.#waiting.delete(token);
      fail(new Unanswered(`no answer within ${this.#limitMs} ms`));
    }
  }
}

interface ErrorAnswer {
  readonly error?: {
    readonly code: number;
    readonly err_code?: number;
    readonly description: string;
  };
}

/** What the server answered in JSON. */
export function answerOf(message: Msg): unknown {
  const answer = message.json<ErrorAnswer>();
  const { error } = answer;
  if (error === undefined) return answer;
  throw new ServerRefusal(error.code, error.err_code ?? 0, error.description);
}
