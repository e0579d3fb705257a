import type { AnyDefinition } from '../index.ts';
import { usageError } from './cli-error.ts';
import { loadModule } from './load-module.ts';

/**
 * The definitions that a module exports: every export that is one, and every one in an exported list, each
 * once. Throws USAGE where the module cannot be loaded, has none, or has two of one name.
 */
export async function loadDefinitions(
  path: string,
  cwd: string,
): Promise<readonly AnyDefinition[]> {
  const exported = Object.values(await loadModule(path, cwd));
  const found = new Set(exported.flatMap((value) => [value].flat()).filter(isDefinition));
  if (found.size === 0) {
    throw usageError(
      `${path} exports no definition; it needs one, or a list of them, of defineRun`,
    );
  }
  const names = new Set<string>();
  for (const { name } of found) {
    if (names.has(name))
      throw usageError(`${path} exports two definitions with the name "${name}"`);
    names.add(name);
  }
  return [...found];
}

/** By its shape: the module may have its own copy of the package. */
function isDefinition(value: unknown): value is AnyDefinition {
  const { name, execute } = Object(value) as {
    readonly name?: unknown;
    readonly execute?: unknown;
  };
  return typeof name === 'string' && name !== '' && typeof execute === 'function';
}
