import { EventSourceParserStream } from 'eventsource-parser/stream';
import { isRunchartError } from '../errors.ts';
import { pauseFor, pauseMs, type Transport } from './transport.ts';

/** The server sends a sign of life every 15 s: after three that did not come nobody is there any more. */
const SILENCE_MS = 45_000;

export interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** The JSON of the message. */
  readonly data: unknown;
}

export interface MessagesOptions {
  readonly path: string;
  /** Where to go on: asked anew for each connection. */
  readonly query: () => Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/**
 * The messages of a stream of server-sent events, over as many connections as it takes: one that breaks, or
 * falls silent, is made anew after a while. Ends when `signal` is aborted. Rejects with what the server
 * refuses, and with SERVER_UNREACHABLE when nothing is reached for as long as `outageMs`.
 */
export async function* messagesOf(
  transport: Transport,
  outageMs: number,
  { path, query, signal }: MessagesOptions,
): AsyncGenerator<Message, void, void> {
  let failures = 0;
  let heardAtMs = Date.now();
  while (!signal.aborted) {
    const connection = new AbortController();
    const both = AbortSignal.any([signal, connection.signal]);
    const alive = watchOver(connection, () => (heardAtMs = Date.now()));
    try {
      const headers = { accept: 'text/event-stream' };
      const response = await transport.once({ path, query: query(), headers, signal: both });
      for await (const message of parsed(response, alive.hear)) {
        failures = 0;
        yield message;
        // Who takes long over a message is no reason to give up.
        heardAtMs = Date.now();
      }
    } catch (error) {
      if (signal.aborted) return;
      const canRetry = isRunchartError(error) && error.retryable;
      if (!canRetry && isRunchartError(error)) throw error;
      if (Date.now() - heardAtMs > outageMs) throw error;
    } finally {
      alive.end();
      connection.abort();
    }
    if (signal.aborted) return;
    await pauseFor(pauseMs(failures), signal);
    failures += 1;
  }
}

/** Cuts a connection off on which nothing is heard for too long, also before it has answered. */
function watchOver(
  connection: AbortController,
  onHeard: () => void,
): { hear(): void; end(): void } {
  const cut = (): void => connection.abort(new Error('the stream fell silent'));
  let timer = setTimeout(cut, SILENCE_MS);
  return {
    hear: () => {
      onHeard();
      clearTimeout(timer);
      timer = setTimeout(cut, SILENCE_MS);
    },
    end: () => clearTimeout(timer),
  };
}

/** What one connection brings: any bytes are a sign of life, a message or not. */
async function* parsed({ body }: Response, hear: () => void): AsyncGenerator<Message, void, void> {
  if (body === null) return;
  const alive = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      hear();
      controller.enqueue(chunk);
    },
  });
  const stream = body
    .pipeThrough(alive)
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream());
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield { id: value.id, event: value.event, data: JSON.parse(value.data) as unknown };
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
