import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Runtime, RuntimeOptions } from '../../../src/index.ts';
import { listen, type Listening, type ListenOptions } from '../../../src/server/index.ts';
import { open } from '../runtime/helpers.ts';

/** A runtime behind a port, which both go when the block ends. */
export interface Served extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly server: Listening;
  readonly url: string;
  readonly port: number;
}

export async function served(
  options: ListenOptions = {},
  runtimeOptions: Partial<RuntimeOptions> = {},
): Promise<Served> {
  const runtime = await open(runtimeOptions);
  const server = await listen(runtime, {
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  return {
    runtime,
    server,
    url: server.url,
    port: Number(new URL(server.url).port),
    [Symbol.asyncDispose]: async () => {
      await server.close({ graceMs: 0 });
      await runtime.close({ graceMs: 0 });
    },
  };
}

/** A connection without any client: what is written is sent as it is, what comes is kept as text. */
export interface RawConnection {
  readonly received: () => string;
  readonly bytes: () => number;
  readonly sent: () => number;
  send(text: string | Uint8Array): Promise<void>;
  /** Says that nothing more will be sent, and goes on reading. */
  half(): void;
  /** Reads nothing from now on. */
  pause(): void;
  destroy(): void;
  readonly closed: Promise<void>;
  readonly isClosed: () => boolean;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let bytes = 0;
  const closed = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    text = (text + chunk.toString('latin1')).slice(-200_000);
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => undefined);
  socket.on('close', () => closed.resolve());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', reject);
  await promise;
  return {
    received: () => text,
    bytes: () => bytes,
    sent: () => socket.bytesWritten,
    send: (content) =>
      new Promise((done) => {
        if (socket.destroyed || !socket.writable) return done();
        const end = (): void => {
          socket.off('close', end);
          done();
        };
        socket.on('close', end);
        socket.write(content, end);
      }),
    half: () => socket.end(),
    pause: () => socket.pause(),
    destroy: () => socket.destroy(),
    closed: closed.promise,
    isClosed: () => socket.destroyed,
  };
}

export interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** The messages of a stream as they come; ends where the stream does, or breaks. */
export async function* messagesOf(
  body: ReadableStream<Uint8Array> | Readable | null,
): AsyncGenerator<Message, void, void> {
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => ready.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const { id, event, data } of ready.splice(0)) {
      yield { id, event, data: JSON.parse(data) as unknown };
    }
  }
}

/** A request with JSON, as a client would make it. */
export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export async function codeOf(response: Response | Promise<Response>): Promise<string> {
  const { code } = (await (await response).json()) as { code: string };
  return code;
}
