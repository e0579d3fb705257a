import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type AnyDefinition,
  createRuntime,
  type Logger,
  type RecoveryPolicy,
  type Runtime,
} from '../index.ts';
import { sqlite } from '../stores/sqlite/index.ts';
import { CliError, errorLine, usageError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { textOf } from './option-values.ts';
import { type ServerAddress, serverOf } from './server-address.ts';
import { quoteCommand } from './terminal/text.ts';

const DEFAULT_STORE = 'sqlite:.runchart/runs.db';

/** The SQLite file that `--store` or RUNCHART_STORE names: as people wrote it, and where it is. */
function storePathOf({ options, env, cwd }: Pick<CommandContext, 'options' | 'env' | 'cwd'>): {
  readonly path: string;
  readonly file: string;
} {
  return storeFileOf(textOf(options, 'store') ?? (env['RUNCHART_STORE'] || DEFAULT_STORE), cwd);
}

/** The SQLite file of an address: as people wrote it, and where it is. */
export function storeFileOf(
  url: string,
  cwd: string,
): {
  readonly path: string;
  readonly file: string;
} {
  // One letter before the colon is a drive, not a scheme.
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(url) ?? [];
  const path = scheme === undefined ? url : rest;
  if (scheme !== undefined && scheme.toLowerCase() !== 'sqlite') {
    throw usageError(
      `a store "${scheme}:" is not supported; supported: sqlite:PATH, or a bare path`,
    );
  }
  if (path === '' || path === ':memory:') {
    throw usageError(`a store needs the path of a file, got "${url}"`);
  }
  return { path, file: resolve(cwd, path) };
}

/** How a hint calls this command line again, with the same store. Never with a token: hints are copied and kept. */
export function commandLine(
  { options }: Pick<CommandContext, 'options'>,
  ...words: string[]
): string {
  const place = ['store', 'server'].flatMap((name) => {
    const value = textOf(options, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  // Before the command: after it a "--" may end the options.
  return quoteCommand(['runchart', ...place, ...words]);
}

/**
 * Uses the runtime of the server that is named, or the one over a store that exists, and closes it.
 * Creates nothing: rejects with STORE_NOT_FOUND.
 */
export async function withStore<T>(
  context: CommandContext,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const server = serverOf(context);
  if (server !== undefined) return withRuntime(await clientOf(server), use);
  const { path, file } = storePathOf(context);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) throw usageError(`the store ${path} is a directory`);
  // An empty file would become a store by being looked at.
  if (stats === undefined || stats.size === 0) {
    throw new CliError(
      'STORE_NOT_FOUND',
      `no store at ${path}; it is created by the first run: ${commandLine(context, 'exec', '--')} COMMAND`,
    );
  }
  // Inline: a command that looks once has no use for a thread.
  const stores = sqlite(file, { mustExist: true, writer: 'inline' });
  return withRuntime(await createRuntime({ stores }), use);
}

/** What a runtime of this process drives. */
export interface OwnWork {
  readonly definitions: readonly AnyDefinition[];
  readonly recovery: RecoveryPolicy;
  readonly logger?: Logger;
}

/** Uses a runtime that drives runs; the store and its folder are created. */
export async function withOwnStore<T>(
  context: CommandContext,
  work: OwnWork,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const { file } = storePathOf(context);
  mkdirSync(dirname(file), { recursive: true });
  const runtime = await createRuntime({
    ...work,
    stores: sqlite(file),
    onError: (error) => void context.stderr.write(`${errorLine(error)}\n`).catch(() => undefined),
  });
  return withRuntime(runtime, use);
}

/**
 * What the database takes on the disk, with its log; undefined for that of a server. Contents of outputs
 * beside it do not count.
 */
export function databaseBytes(context: CommandContext): number | undefined {
  if (serverOf(context) !== undefined) return undefined;
  const { file } = storePathOf(context);
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf(file) + sizeOf(`${file}-wal`);
}

async function clientOf({ url, token }: ServerAddress): Promise<Runtime> {
  // Whoever looks into a file need not wait for it.
  const { createClient } = await import('../client/index.ts');
  return createClient(url, token === undefined ? {} : { token });
}

async function withRuntime<T>(runtime: Runtime, use: (runtime: Runtime) => Promise<T>): Promise<T> {
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}
