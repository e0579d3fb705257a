import { RunchartError } from '../errors.ts';
import { FrameChunks, Pace } from './frame-chunks.ts';
import type { ServerLimits } from './server-options.ts';

const EVENT_STREAM = 'text/event-stream';

/** Milliseconds after which an EventSource connects again. */
const RETRY_MS = 1_000;

/** One message of a stream. */
export interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly abort: AbortController;
  /** Since when the client has taken nothing, in milliseconds of the process. */
  stalledSinceMs: number | undefined;
}

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(':\n\n');

/**
 * The open streams of server-sent events. Messages are made when the client has taken those before: a slow
 * client costs one chunk of them, and one that has stopped reading is let go after a while.
 */
export class Streams {
  readonly #limits: ServerLimits;
  readonly #onError: (error: unknown) => void;
  readonly #open = new Set<Stream>();
  readonly #pace = new Pace();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(limits: ServerLimits, onError: (error: unknown) => void) {
    this.#limits = limits;
    this.#onError = onError;
  }

  /** Who stands still is looked for as often as signs of life are sent, or more often. */
  get #beatMs(): number {
    return Math.min(this.#limits.heartbeatMs, this.#limits.stalledStreamMs);
  }

  /** Refuses with TOO_MANY_STREAMS, or SERVER_DRAINING when they are closed. */
  assertRoom(): void {
    if (this.#isClosed) {
      throw new RunchartError('SERVER_DRAINING', 'The server is going down and opens no streams.');
    }
    if (this.#open.size < this.#limits.streams) return;
    throw new RunchartError(
      'TOO_MANY_STREAMS',
      `There are ${this.#limits.streams} streams open; close one, or try later.`,
    );
  }

  /** Sends messages until they end, the client goes, or the server closes: then `signal` is aborted. */
  open(messages: (signal: AbortSignal) => AsyncGenerator<Message, void, void>): Response {
    this.assertRoom();
    const abort = new AbortController();
    const frames = this.#frames(messages(abort.signal), abort.signal);
    const chunks = new FrameChunks(frames, () => this.#pace.wait(this.#open.size));
    let stream: Stream | undefined;
    const end = (): void => {
      if (stream !== undefined) this.#leave(stream);
      abort.abort();
      void frames.return(undefined);
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = { controller, abort, stalledSinceMs: undefined };
        this.#join(stream);
      },
      pull: async (controller) => {
        const chunk = await chunks.next();
        if (stream !== undefined) stream.stalledSinceMs = undefined;
        if (abort.signal.reason === GONE) return;
        if (chunk !== undefined) return controller.enqueue(encoder.encode(chunk));
        end();
        controller.close();
      },
      cancel: end,
    });
    const headers = {
      'content-type': EVENT_STREAM,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    return new Response(body, { headers });
  }

  /** Ends every stream, each with a last message that says why. */
  close(): void {
    this.#isClosed = true;
    for (const { abort } of this.#open) abort.abort();
  }

  async *#frames(messages: AsyncGenerator<Message>, signal: AbortSignal): AsyncGenerator<string> {
    yield `retry: ${RETRY_MS}\n\n`;
    try {
      for await (const message of messages) yield frameOf(message);
      if (signal.aborted) yield frameOf({ event: 'closing', data: { reason: 'shutdown' } });
    } catch (error) {
      this.#onError(error);
      yield frameOf({ event: 'closing', data: { reason: 'failed' } });
    }
  }

  #join(stream: Stream): void {
    this.#open.add(stream);
    this.#timer ??= setInterval(() => this.#beat(), this.#beatMs).unref();
  }

  #leave(stream: Stream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A sign of life for who reads, and the end for who does not. */
  #beat(): void {
    const now = performance.now();
    for (const stream of this.#open) {
      if ((stream.controller.desiredSize ?? 0) > 0) stream.controller.enqueue(HEARTBEAT);
      else {
        stream.stalledSinceMs ??= now;
        if (now - stream.stalledSinceMs >= this.#limits.stalledStreamMs) this.#letGo(stream);
      }
    }
  }

  #letGo(stream: Stream): void {
    this.#leave(stream);
    stream.abort.abort(GONE);
    stream.controller.error(new Error('the client has stopped reading'));
  }
}

/** Why a stream ends whose client reads nothing. */
const GONE = Symbol('gone');

function frameOf({ id, event, data }: Message): string {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`;
  return `${head}data: ${JSON.stringify(data)}\n\n`;
}
