import { createHash, timingSafeEqual } from 'node:crypto';
import { RunchartError } from '../errors.ts';
import type { ServerOptions } from './server-options.ts';

/** Names under which a machine reaches itself: no page of the web can have one of them as its own. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Who may ask at all: refuses requests that come from a page of another origin or under a name that is
 * not ours, and those without the token. Answers the origin to allow, for a page that may ask.
 */
export function createGuard({ token, authorize, hosts, origins = [] }: ServerOptions): {
  /** Refuses with HOST_REFUSED or ORIGIN_REFUSED. */
  readonly place: (request: Request) => string | undefined;
  /** Refuses with UNAUTHORIZED. */
  readonly token: (request: Request) => void;
} {
  if (token !== undefined && !/^[!-~]+$/.test(token)) {
    throw new RunchartError(
      'INPUT_INVALID',
      'The token of the server cannot be sent: it takes one or more characters of ASCII, without spaces.',
    );
  }
  const isProtected = token !== undefined || authorize !== undefined;
  const names = hosts === undefined ? (isProtected ? undefined : LOOPBACK) : new Set(hosts);
  const expected = token === undefined ? undefined : digest(token);
  return {
    place: (request) => {
      const { host, hostname } = new URL(request.url);
      if (names !== undefined && !names.has(hostname)) {
        throw new RunchartError(
          'HOST_REFUSED',
          `This server does not answer to the name ${hostname}; its operator can allow it.`,
        );
      }
      const origin = request.headers.get('origin');
      if (origin === null || hostOf(origin) === host) return undefined;
      if (origins.includes(origin)) return origin;
      throw new RunchartError('ORIGIN_REFUSED', `Pages of ${origin} may not ask this server.`);
    },
    token: (request) => {
      if (expected === undefined) return;
      const given = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      // Digests are of one length, so the time says nothing about the token.
      if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
      throw new RunchartError(
        'UNAUTHORIZED',
        'This server needs its token, as "Authorization: Bearer TOKEN".',
      );
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
