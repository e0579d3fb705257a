import { resolve } from 'node:path';
import type { Dispatch, Stores } from '../index.ts';
import { sqlite } from '../stores/sqlite/index.ts';
import { CliError, usageError } from './cli-error.ts';

/** A store as people name it. */
export type StoreAddress =
  | {
      readonly kind: 'sqlite';
      /** As it was written. */
      readonly path: string;
      /** Where it is. */
      readonly file: string;
    }
  | { readonly kind: 'postgres'; readonly options: PostgresAddress }
  | { readonly kind: 'nats'; readonly options: NatsAddress };

interface PostgresAddress {
  readonly url: string;
  readonly schema?: string;
}

interface NatsAddress {
  readonly servers: readonly string[];
  readonly name?: string;
  readonly replicas?: 1 | 3;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly monitors?: readonly string[];
  readonly syncAlways?: true;
}

const SUPPORTED = 'sqlite:PATH, a bare path, postgres://..., nats://...';

/** Throws USAGE for what is no address of a store. */
export function storeAddress(text: string, cwd: string): StoreAddress {
  // One letter before the colon is a drive, not a scheme.
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(text) ?? [];
  const kind = scheme?.toLowerCase();
  if (kind === 'postgres' || kind === 'postgresql') {
    return { kind: 'postgres', options: postgresAddress(text) };
  }
  if (kind === 'nats') return { kind, options: natsAddress(text) };
  if (kind !== undefined && kind !== 'sqlite') {
    throw usageError(`a store "${scheme}:" is not supported; supported: ${SUPPORTED}`);
  }
  const path = kind === undefined ? text : rest;
  if (path === '' || path === ':memory:') {
    throw usageError(`a store needs the path of a file, got "${text}"`);
  }
  return { kind: 'sqlite', path, file: resolve(cwd, path) };
}

/** An address without what is secret in it: passwords and tokens are never told. */
export function shownAddress(text: string): string {
  return text
    .replace(/^(nats:\/\/)[^:@/?]*@/i, '$1***@')
    .replace(/^([a-z]+:\/\/[^:@/?]*):[^@/?]*@/i, '$1:***@')
    .replace(/([?&](?:password|pass|token|sslpassword)=)[^&#]*/gi, '$1***');
}

/** Stores that are not open yet. With `mustExist` nothing is created where that can be told beforehand. */
export async function storesAt(
  address: StoreAddress,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<Stores> {
  if (address.kind === 'sqlite') {
    // Inline: a command that looks once has no use for a thread.
    const options = mustExist ? ({ mustExist, writer: 'inline' } as const) : {};
    return sqlite(address.file, options);
  }
  if (address.kind === 'postgres') {
    const { postgres } = await peer(() => import('../stores/postgres/index.ts'), 'postgres', 'pg');
    return postgres({ ...address.options, ...(mustExist && { mustExist }) });
  }
  const { nats } = await peer(() => import('../stores/nats/index.ts'), 'nats', NATS_PACKAGES);
  return nats(address.options);
}

/** A queue that processes share, at an address like that of a store. */
export async function dispatchAt(text: string, concurrency: number): Promise<Dispatch> {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { url, schema } = postgresAddress(text);
    const { pgBoss } = await peer(
      () => import('../dispatch/pg-boss/index.ts'),
      'postgres',
      'pg-boss',
    );
    return pgBoss({ url, concurrency, ...(schema !== undefined && { schema }) });
  }
  if (scheme !== 'nats') {
    throw usageError(
      '--dispatch takes postgres://... for pg-boss, or nats://... for a work queue of NATS',
    );
  }
  const { natsWorkQueue } = await peer(
    () => import('../dispatch/nats/index.ts'),
    'nats',
    NATS_PACKAGES,
  );
  return natsWorkQueue({ ...natsAddress(text), concurrency });
}

const NATS_PACKAGES = '@nats-io/transport-node @nats-io/jetstream @nats-io/kv @nats-io/obj';

/** A module of ours that needs a package which not everybody has. */
async function peer<Module>(
  load: () => Promise<Module>,
  scheme: string,
  packages: string,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(
      'PACKAGE_MISSING',
      `"${scheme}:" needs packages that are not installed: npm install ${packages}`,
    );
  }
}

function postgresAddress(text: string): PostgresAddress {
  if (!URL.canParse(text)) throw usageError(`"${shownAddress(text)}" is no address of Postgres`);
  const url = new URL(text);
  const schema = url.searchParams.get('schema');
  if (schema === null) return { url: text };
  url.searchParams.delete('schema');
  return { url: url.href, schema };
}

/** `nats://[user:password@|token@]host[:port][,host[:port]...][?name=...&replicas=1|3&monitor=http://...&sync=always]` */
function natsAddress(text: string): NatsAddress {
  const [, secret, hosts, query = ''] =
    /^nats:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?(?:\?([^#]*))?$/i.exec(text) ?? [];
  if (hosts === undefined) throw usageError(`"${shownAddress(text)}" is no address of NATS`);
  const parameters = new URLSearchParams(query);
  const monitors = parameters.getAll('monitor');
  const { name, replicas, sync, monitor, ...others } = Object.fromEntries(parameters);
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw usageError(
      `an address of NATS has no "${other}="; it has name=, replicas=, monitor= and sync=`,
    );
  if (sync !== undefined && sync !== 'always') throw usageError(`sync= is always, got "${sync}"`);
  if (replicas !== undefined && replicas !== '1' && replicas !== '3') {
    throw usageError(`replicas= is 1 or 3, got "${replicas}"`);
  }
  return {
    servers: hosts.split(',').map((host) => `nats://${host}`),
    ...credentialsOf(secret),
    ...(name !== undefined && { name }),
    ...(replicas !== undefined && { replicas: replicas === '3' ? 3 : 1 }),
    ...(monitor !== undefined && { monitors }),
    ...(sync !== undefined && { syncAlways: true }),
  };
}

function credentialsOf(secret: string | undefined): Pick<NatsAddress, 'user' | 'pass' | 'token'> {
  if (secret === undefined) return {};
  const colon = secret.indexOf(':');
  if (colon < 0) return { token: decodeURIComponent(secret) };
  return {
    user: decodeURIComponent(secret.slice(0, colon)),
    pass: decodeURIComponent(secret.slice(colon + 1)),
  };
}
