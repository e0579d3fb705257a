import type { ConformanceFixture } from '../testing/index.ts';
import { usageError } from './cli-error.ts';
import { loadModule } from './load-module.ts';

/** The exports that are looked at, in this order. */
const NAMES = ['default', 'createStores', 'stores'] as const;

/** The fixture that a module exports. Throws USAGE where there is none, or the module cannot be loaded. */
export async function loadFixture(path: string, cwd: string): Promise<ConformanceFixture> {
  const exported = await loadModule(path, cwd);
  const name = NAMES.find((name) => exported[name] !== undefined);
  const value = name === undefined ? undefined : exported[name];
  if (typeof value === 'function') {
    return { createStores: value as ConformanceFixture['createStores'] };
  }
  if (isFixture(value)) return value;
  if (isStores(value)) {
    throw usageError(
      `${path} exports stores that are made already, and many cases need empty ones; ` +
        'export the function that makes them: (place) => Stores',
    );
  }
  throw usageError(
    `${path} exports no stores; it needs a default export, or one named createStores or stores, ` +
      'that is a function (place) => Stores',
  );
}

function isFixture(value: unknown): value is ConformanceFixture {
  return typeof Object(value).createStores === 'function';
}

function isStores(value: unknown): boolean {
  const { events, open } = Object(value) as { readonly events?: unknown; readonly open?: unknown };
  return events !== undefined && typeof open === 'function';
}
