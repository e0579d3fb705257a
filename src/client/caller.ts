import { nanoid } from 'nanoid';
import { checkName } from '../check-input.ts';
import { RunchartError, type RunchartErrorCode } from '../errors.ts';
import { jsonProblem } from '../json.ts';
import { type Message, messagesOf, type MessagesOptions } from './messages.ts';
import type { Ask, Transport } from './transport.ts';

interface PostOptions {
  /** Default: a new one, so that a request whose answer was lost can be sent again. */
  readonly idempotencyKey?: string | undefined;
  readonly epoch?: number | undefined;
  /** What stands in one line is sent one after the other, in the order of the calls. */
  readonly line?: string | undefined;
}

/** The requests that the faces of the client are made of. */
export interface Caller {
  get<T>(path: string, query?: Ask['query']): Promise<T>;
  post<T>(path: string, body: unknown, options?: PostOptions): Promise<T>;
  /** Bytes as a body; without a type none is told. */
  upload<T>(path: string, query: Ask['query'], body: Blob, options?: PostOptions): Promise<T>;
  /** Bytes as they come. */
  download(path: string, headers?: Ask['headers']): Promise<Response>;
  /** Ends when the signal is aborted or the client closes. */
  follow(
    options: Omit<MessagesOptions, 'signal'> & { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<Message, void, void>;
}

export function createCaller(transport: Transport, outageMs: number): Caller {
  /** The last of what each run was told: events are recorded in the order in which they were given. */
  const told = new Map<string, Promise<unknown>>();
  const inTurn = async <T>(line: string | undefined, act: () => Promise<T>): Promise<T> => {
    if (line === undefined) return act();
    const turn = (told.get(line) ?? Promise.resolve()).then(act, act);
    told.set(line, turn);
    try {
      return await turn;
    } finally {
      if (told.get(line) === turn) told.delete(line);
    }
  };
  return {
    get: (path, query) => transport.json({ path, ...(query !== undefined && { query }) }),
    post: async (path, body, options) => {
      // What it is now: what the caller does to it while it waits is not sent.
      const text = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', ...headersOf(options) };
      const ask = { method: 'POST', path, body: text, headers } as const;
      transport.assertOpen();
      return inTurn(options?.line, () => transport.json(ask));
    },
    upload: async (path, query = {}, body, options) => {
      const ask = { method: 'POST', path, query, body, headers: headersOf(options) } as const;
      return inTurn(options?.line, () => transport.json(ask));
    },
    download: (path, headers = {}) => transport.open({ path, headers }),
    follow: ({ signal, ...options }) => {
      transport.assertOpen();
      const signals = [transport.closed, ...(signal === undefined ? [] : [signal])];
      return messagesOf(transport, outageMs, { ...options, signal: AbortSignal.any(signals) });
    },
  };
}

/** Refuses what would not arrive as it is. */
export function assertJson(value: unknown, code: RunchartErrorCode, what: string): void {
  const flaw = jsonProblem(value);
  if (flaw !== undefined) throw new RunchartError(code, `${what} is not JSON: ${flaw}.`);
}

function headersOf({ idempotencyKey = nanoid(), epoch }: PostOptions = {}): Record<
  string,
  string | undefined
> {
  return {
    'idempotency-key': keyText(idempotencyKey),
    'run-epoch': epoch === undefined ? undefined : String(epoch),
  };
}

/** Headers hold bytes: the server decodes what is encoded here. */
function keyText(idempotencyKey: string): string {
  checkName('idempotencyKey', idempotencyKey);
  return encodeURIComponent(idempotencyKey);
}

/** An id as a part of a path. */
export function segment(id: string): string {
  if (id !== '' && id !== '.' && id !== '..' && id.isWellFormed()) return encodeURIComponent(id);
  throw new RunchartError('INPUT_INVALID', `The id ${JSON.stringify(id)} has no place in a path.`);
}
