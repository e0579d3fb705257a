import { signal } from '@preact/signals';
import { createClient } from '../../client/index.ts';
import { isRunchartError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { apiUrl } from './location.ts';

/** How the server is reached. `asks`: it wants a token that this page does not have. */
export type Reach = 'connecting' | 'connected' | 'lost' | 'asks';

export const reach = signal<Reach>('connecting');

const TOKEN = 'runchart-token';

/** The token of the address, as `runchart inspect` prints it, is kept for this tab and taken out of sight. */
function tokenAtHand(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN) ?? undefined;
}

/** Every request of the page tells how the server is reached. */
async function noticed(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    reach.value = response.status === 401 ? 'asks' : 'connected';
    return response;
  } catch (error) {
    if (init?.signal?.aborted !== true) reach.value = 'lost';
    throw error;
  }
}

/** What can be sent. Anything else is wrong whatever the server wants: it is asked without, and asks in its turn. */
const SENDABLE = /^[!-~]+$/;

/** A day: the page waits for a server as long as it is open. */
const OUTAGE_MS = 86_400_000;

const token = tokenAtHand();

/** The page has a token; where the server asks for one nevertheless, it is the wrong one. */
export const hasToken = token !== undefined;

function connect(): Runtime {
  return createClient(apiUrl, {
    fetch: noticed,
    retries: 2,
    outageMs: OUTAGE_MS,
    ...(token !== undefined && SENDABLE.test(token) && { token }),
  });
}

/** The runtime of the server: everything that the page knows comes from here. */
export const runtime: Runtime = connect();

/** Takes a token that a person typed, and begins anew with it. */
export function useToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
  location.reload();
}

/** What to tell a person of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function isMissing(error: unknown): boolean {
  return isRunchartError(error, 'RUN_NOT_FOUND');
}
