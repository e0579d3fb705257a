import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { RunchartError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { createServer } from './create-server.ts';
import { problemOf } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

export interface ListenOptions extends ServerOptions {
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything but a loopback address needs a token, or `authorize`. */
  readonly host?: string;
  /** Connections at once: more are answered 503. Default 20,000. */
  readonly connections?: number;
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
/** Until all headers of a request are there, in milliseconds: who sends them byte by byte is cut off. */
const HEADERS_MS = 15_000;
/** The same for a whole request. Uploads at 5 MB/s fit into it up to their limit. */
const REQUEST_MS = 300_000;
/** Until a connection that nothing is asked on is closed. */
const KEEP_ALIVE_MS = 10_000;
/** How often Node looks for requests that are too slow. */
const CHECK_MS = 1_000;

const LOOPBACK = /^(localhost|::1|127\.\d+\.\d+\.\d+)$/;

/** Serves a runtime on a port of this machine. Rejects with INPUT_INVALID where that would be open to anybody. */
export async function listen(
  runtime: Runtime,
  { port = 0, host = '127.0.0.1', connections = MAX_CONNECTIONS, ...options }: ListenOptions = {},
): Promise<Listening> {
  if (!LOOPBACK.test(host) && options.token === undefined && options.authorize === undefined) {
    throw new RunchartError(
      'INPUT_INVALID',
      `Without a token this server does not listen on ${host}: anybody who reaches it could do anything. Give a token.`,
    );
  }
  const server = createServer(runtime, options);
  const listener = getRequestListener((request) => server.fetch(request), {
    overrideGlobalObjects: false,
  });
  const http = createHttpServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => void listener(request, response),
  );
  answerBrokenRequests(http);
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    if (sockets.size >= connections) {
      const busy = new RunchartError('SERVER_BUSY', `${connections} connections are open.`);
      socket.end(rawProblem(busy, 503));
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
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
      const what = 'The request did not come in time.';
      socket.end(rawProblem(new RunchartError('REQUEST_TIMEOUT', what), 408));
    } else {
      socket.end(rawProblem(new RunchartError('REQUEST_INVALID', 'This is no HTTP request.'), 400));
    }
  });
}

/** An answer written by hand, where there is no request to answer. */
function rawProblem(error: RunchartError, status: number): string {
  const body = JSON.stringify({ ...problemOf(error), status });
  return [
    `HTTP/1.1 ${status} ${problemOf(error).title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
