import { isKnownCode, isRunchartError, RunchartError } from '../errors.ts';

export interface TransportOptions {
  /** The server, with the base path it is mounted at. */
  readonly url: string;
  /** Sent as `Authorization: Bearer ...`. */
  readonly token?: string | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a request that got no answer is sent again. Default 5. */
  readonly retries?: number | undefined;
}

/** One request. */
export interface Ask {
  readonly method?: 'GET' | 'POST';
  /** Below the url, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: string | Blob;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
const DEFAULT_RETRIES = 5;

/** Codes that say: this server did not look at it, ask again. What a store or a run says is the caller's. */
const TRY_AGAIN: ReadonlySet<unknown> = new Set([
  'SERVER_UNREACHABLE',
  'SERVER_BUSY',
  'SERVER_DRAINING',
  'REQUEST_TIMEOUT',
  'REQUEST_SLOW',
  'TOO_MANY_STREAMS',
]);

/**
 * Sends requests, and sends them again where no answer came: each is safe to repeat, because it changes
 * nothing or carries a key. Rejects with the error that the server's problem tells of.
 */
export class Transport {
  readonly #options: TransportOptions;
  /** New calls are refused, and streams end. */
  readonly #closing = new AbortController();
  /** What is still asked is given up. */
  readonly #stopping = new AbortController();
  readonly #working = new Set<Promise<unknown>>();

  constructor(options: TransportOptions) {
    this.#options = { ...options, url: checkedUrl(options.url) };
    const { token } = options;
    if (token === undefined || /^[!-~]+$/.test(token)) return;
    const what =
      'The token cannot be sent: it takes one or more characters of ASCII, without spaces.';
    throw new RunchartError('INPUT_INVALID', what);
  }

  /** Aborted when the client closes. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  async json<T>(ask: Ask): Promise<T> {
    this.assertOpen();
    return this.#counted(this.#retrying(ask, async (response) => (await response.json()) as T));
  }

  /** A response whose body is read by the caller. */
  async open(ask: Ask): Promise<Response> {
    this.assertOpen();
    return this.#retrying(ask, async (response) => response);
  }

  /** Once, without another try. */
  async once(ask: Ask): Promise<Response> {
    const { path, query, method = 'GET', body, signal } = ask;
    const { token, fetch: send = fetch, url } = this.#options;
    const headers = new Headers();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(ask.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const signals = [this.#stopping.signal, ...(signal === undefined ? [] : [signal])];
    try {
      const response = await send(`${url}${path}${queryText(query)}`, {
        method,
        headers,
        signal: AbortSignal.any(signals),
        ...(body !== undefined && { body }),
      });
      if (response.ok) return response;
      throw await errorOf(response);
    } catch (error) {
      if (this.#stopping.signal.aborted) this.assertOpen();
      throw unreachable(error, url);
    }
  }

  /** Resolves when what was asked is answered. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#working);
  }

  /** Waits up to `graceMs` for what was asked, and gives the rest up: whether it was done is unknown. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    const enough = new AbortController();
    await Promise.race([this.idle(), pauseFor(graceMs, enough.signal)]);
    enough.abort();
    this.#stopping.abort();
  }

  assertOpen(): void {
    if (!this.closed.aborted) return;
    throw new RunchartError('RUNTIME_CLOSED', 'This client is closed; create another one.');
  }

  async #counted<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }

  async #retrying<T>(ask: Ask, read: (response: Response) => Promise<T>): Promise<T> {
    const { retries = DEFAULT_RETRIES } = this.#options;
    for (let tries = 0; ; tries += 1) {
      try {
        const response = await this.once(ask);
        return await read(response).catch((error: unknown) => {
          throw unreachable(error, this.#options.url);
        });
      } catch (error) {
        const canRetry = isRunchartError(error) && TRY_AGAIN.has(error.code);
        if (!canRetry || tries >= retries || ask.signal?.aborted === true) throw error;
        await pauseFor(pauseMs(tries), this.closed);
      }
    }
  }
}

/** Names and passwords have no place in it: it is in the texts of errors. */
function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isOfServer = parsed !== undefined && /^https?:$/.test(parsed.protocol);
  if (isOfServer && parsed.username === '' && parsed.password === '') {
    return url.replace(/\/+$/, '');
  }
  const what =
    'The url of the server takes the form http(s)://host:port/path, without a name or password.';
  throw new RunchartError('INPUT_INVALID', what);
}

/** Doubles, and differs from client to client: those that a server lost at once do not come back at once. */
export function pauseMs(tries: number): number {
  const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
  return longest * (0.5 + Math.random() / 2);
}

/** Ends early, without an error, when a signal is aborted. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
}

async function errorOf(response: Response): Promise<RunchartError> {
  const { status, url } = response;
  const problem = (await response.json().catch(() => ({}))) as { code?: unknown; detail?: unknown };
  const { code, detail } = problem;
  if (isKnownCode(code)) return new RunchartError(code, String(detail));
  // A proxy in between speaks for a server that does not answer.
  const gateway = status === 502 || status === 503 || status === 504;
  return new RunchartError(
    gateway ? 'SERVER_UNREACHABLE' : 'SERVER_FAILED',
    `${url} answered ${status} without a problem of runchart: is this the url of a runchart server?`,
  );
}

/** Errors of the server stay what they are; whatever else went wrong did so on the way. */
function unreachable(error: unknown, url: string): unknown {
  if (isRunchartError(error)) return error;
  const { cause } = Object(error) as { readonly cause?: unknown };
  // fetch only says that it failed; why is behind it.
  const why = cause instanceof Error && cause.message !== '' ? cause.message : String(error);
  return new RunchartError('SERVER_UNREACHABLE', `${url} did not answer: ${why}.`, {
    cause: error,
  });
}

function queryText(query: Ask['query'] = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}
