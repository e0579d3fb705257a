/**
 * A runtime over HTTP: a standard fetch handler to mount anywhere, and a process of its own on Node.
 * @module
 */
export { createServer, type RunServer } from './create-server.ts';
export { type ConnectionTimes, listen, type Listening, type ListenOptions } from './listen.ts';
export type {
  AuthorizeQuestion,
  RedactContext,
  ServerLimits,
  ServerOptions,
} from './server-options.ts';
