import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRuntime, type Runtime, type RuntimeOptions } from '../index.ts';
import { CliError, errorLine, usageError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { textOf } from './option-values.ts';
import { type ServerAddress, serverOf } from './server-address.ts';
import { shownAddress, type StoreAddress, storeAddress, storesAt } from './store-address.ts';
import { quoteCommand } from './terminal/text.ts';

const DEFAULT_STORE = 'sqlite:.runchart/runs.db';

/** What `--store` or RUNCHART_STORE names, as people wrote it. */
function givenStore({ options, env }: Pick<CommandContext, 'options' | 'env'>): string {
  return textOf(options, 'store') ?? (env['RUNCHART_STORE'] || DEFAULT_STORE);
}

function addressOf(context: Pick<CommandContext, 'options' | 'env' | 'cwd'>): StoreAddress {
  return storeAddress(givenStore(context), context.cwd);
}

/** The store for people, without what is secret in its address. */
export function storeText(context: Pick<CommandContext, 'options' | 'env'>): string {
  return shownAddress(givenStore(context));
}

/** How a hint calls this command line again, with the same store. Never with a token or a password: hints are copied and kept. */
export function commandLine(
  { options }: Pick<CommandContext, 'options'>,
  ...words: string[]
): string {
  const place = ['store', 'server'].flatMap((name) => {
    const value = textOf(options, name);
    return value === undefined ? [] : [`--${name}`, shownAddress(value)];
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
  const address = addressOf(context);
  if (address.kind === 'sqlite') assertThere(context, address);
  const stores = await storesAt(address, { mustExist: true });
  return withRuntime(await createRuntime({ stores }), use);
}

function assertThere(
  context: CommandContext,
  { path, file }: StoreAddress & { readonly kind: 'sqlite' },
): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) throw usageError(`the store ${path} is a directory`);
  // An empty file would become a store by being looked at.
  if (stats === undefined || stats.size === 0) {
    throw new CliError(
      'STORE_NOT_FOUND',
      `no store at ${path}; it is created by the first run: ${commandLine(context, 'exec', '--')} COMMAND`,
    );
  }
}

/** What a runtime of this process drives. */
export type OwnWork = Pick<
  RuntimeOptions,
  'definitions' | 'recovery' | 'logger' | 'role' | 'concurrency' | 'dispatch'
>;

/** Uses a runtime that drives runs; the store and its folder are created. */
export async function withOwnStore<T>(
  context: CommandContext,
  work: OwnWork,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const address = addressOf(context);
  if (address.kind === 'sqlite') mkdirSync(dirname(address.file), { recursive: true });
  const runtime = await createRuntime({
    ...work,
    stores: await storesAt(address),
    onError: (error) => void context.stderr.write(`${errorLine(error)}\n`).catch(() => undefined),
  });
  return withRuntime(runtime, use);
}

/**
 * What the database takes on the disk, with its log; undefined for one that is no file of this machine. Contents
 * of outputs beside it do not count.
 */
export function databaseBytes(context: CommandContext): number | undefined {
  if (serverOf(context) !== undefined) return undefined;
  const address = addressOf(context);
  if (address.kind !== 'sqlite') return undefined;
  const { file } = address;
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
