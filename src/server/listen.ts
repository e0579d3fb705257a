import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { RunchartError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { breakingOff } from './break-off.ts';
import { createServer, type RunServer } from './create-server.ts';
import { assertMayListen } from './may-listen.ts';
import { problemOf, problemResponse } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

export interface ListenOptions extends ServerOptions {
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything but a loopback address needs a token, or `authorize`. */
  readonly host?: string;
  /** Connections at once: more are answered 503. Default 20,000. */
  readonly connections?: number;
  readonly times?: Partial<ConnectionTimes>;
}

/** Milliseconds that connections may take. */
export interface ConnectionTimes {
  /** Until all headers of a request are there: who sends them byte by byte is answered 408. Default 15,000. */
  readonly headersMs: number;
  /** The same for a whole request. Default 300,000: uploads at 5 MB/s fit into it up to their limit. */
  readonly requestMs: number;
  /** Until a connection that nothing is asked on is closed. Default 10,000. */
  readonly idleMs: number;
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  /** As of `createServer`; then it ends what connections are left. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

const MAX_CONNECTIONS = 20_000;
/** Bytes of all headers of a request. */
const MAX_HEADER_BYTES = 16 * 1024;
const DEFAULT_TIMES: ConnectionTimes = { headersMs: 15_000, requestMs: 300_000, idleMs: 10_000 };
/** How often Node looks for requests that are too slow, at least. */
const CHECK_MS = 1_000;
/** How long a connection that was refused may take to read why. */
const REFUSED_MS = 500;

/** Serves a runtime on a port of this machine. Rejects with INPUT_INVALID where that would be open to anybody. */
export async function listen(
  runtime: Runtime,
  { port = 0, host = '127.0.0.1', connections, times, ...options }: ListenOptions = {},
): Promise<Listening> {
  assertMayListen(host, options);
  const server = createServer(runtime, options);
  const http = httpServer(server, { ...DEFAULT_TIMES, ...times });
  answerBrokenRequests(http);
  limitConnections(http, connections ?? MAX_CONNECTIONS);
  await listening(http, port, host);
  const { address, port: taken, family } = http.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    close: async (closing) => {
      await server.close(closing);
      const { promise, resolve } = Promise.withResolvers<void>();
      http.close(() => resolve());
      http.closeIdleConnections();
      // Streams have got their last word; who does not take it is not waited for.
      const timer = setTimeout(() => http.closeAllConnections(), LAST_WORDS_MS);
      await promise;
      clearTimeout(timer);
    },
  };
}

const LAST_WORDS_MS = 1_000;

function httpServer(server: RunServer, { headersMs, requestMs, idleMs }: ConnectionTimes): Server {
  const listener = getRequestListener(
    async (request, { outgoing }) =>
      breakingOff(await server.fetch(request), outgoing as ServerResponse),
    { overrideGlobalObjects: false, errorHandler: refuseBroken },
  );
  return createHttpServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, headersMs, requestMs),
      // Its absence is refused where the name is looked at, with a problem.
      requireHostHeader: false,
    },
    (request, response) => {
      endUnread(request, response);
      void listener(request, response);
    },
  );
}

/** What is still being sent when its answer is out is read for a moment, as closing at once would take the answer back. */
function endUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    const most = socket.bytesRead + UNREAD_BYTES;
    const look = setInterval(() => {
      if (request.complete || socket.destroyed) clearInterval(look);
      else if (socket.bytesRead > most || performance.now() > endMs) socket.destroy();
    }, LOOK_MS);
    const endMs = performance.now() + REFUSED_MS;
  });
}

const UNREAD_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 20;

/** A request without a Host, or for something that is no URL. */
function refuseBroken(): Response {
  return problemResponse(
    new RunchartError('REQUEST_INVALID', 'The request has no Host, or its target is no URL.'),
  );
}

/** A connection too many is told so; nothing that it asks for is looked at. */
function limitConnections(http: Server, connections: number): void {
  const accept = http.listeners('connection');
  http.removeAllListeners('connection');
  let open = 0;
  http.on('connection', (socket: Socket) => {
    if (open >= connections) {
      const busy = new RunchartError('SERVER_BUSY', `${connections} connections are open.`);
      socket.on('error', () => undefined);
      socket.setTimeout(REFUSED_MS, () => socket.destroy());
      socket.end(rawProblem(busy, 503));
      // Closing with unread bytes would take the answer back.
      socket.resume();
      return;
    }
    open += 1;
    socket.once('close', () => (open -= 1));
    for (const listener of accept) listener.call(http, socket);
  });
}

async function listening(http: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  http.once('error', reject);
  http.listen({ port, host, backlog: 1024 }, resolve);
  await promise;
  http.off('error', reject);
}

/** What is no request gets a problem too, as far as it can be answered. */
function answerBrokenRequests(http: Server): void {
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    if (error.code === 'HPE_HEADER_OVERFLOW') {
      const what = `The headers have more than ${MAX_HEADER_BYTES} bytes.`;
      socket.end(rawProblem(new RunchartError('HEADERS_TOO_LARGE', what), 431));
    } else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      const what = 'The request did not come in time; send it again.';
      socket.end(rawProblem(new RunchartError('REQUEST_SLOW', what), 408));
    } else {
      socket.end(rawProblem(new RunchartError('REQUEST_INVALID', 'This is no HTTP request.'), 400));
    }
  });
}

/** An answer written by hand, where there is no request to answer. */
function rawProblem(error: RunchartError, status: number): string {
  const problem = problemOf(error);
  const body = JSON.stringify({ ...problem, status });
  return [
    `HTTP/1.1 ${status} ${problem.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
