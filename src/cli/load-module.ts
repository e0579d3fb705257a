import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorLine, usageError } from './cli-error.ts';

/** What a module of the user's exports, by name. Throws USAGE where it cannot be loaded. */
export async function loadModule(
  path: string,
  cwd: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const url = pathToFileURL(resolve(cwd, path)).href;
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw usageError(`${path} cannot be loaded: ${errorLine(error).replace(/^runchart: /, '')}`);
  }
}
