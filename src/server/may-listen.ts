import { RunchartError } from '../errors.ts';
import type { ServerOptions } from './server-options.ts';

const LOOPBACK = /^(localhost|::1|127\.\d+\.\d+\.\d+)$/;

/** Throws INPUT_INVALID for an address at which anybody could do anything. */
export function assertMayListen(
  host: string,
  { token, authorize }: { readonly [K in 'token' | 'authorize']?: ServerOptions[K] | undefined },
): void {
  if (LOOPBACK.test(host) || token !== undefined || authorize !== undefined) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `Without a token this server does not listen on ${host}: anybody who reaches it could do anything. Give a token.`,
  );
}
