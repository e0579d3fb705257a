import type { Dispatch } from '../../../src/index.ts';
import type { Part } from './part.ts';

/** The dispatch that was asked for; undefined: the store's own. */
export async function dispatchOf({ dispatch }: Part): Promise<Dispatch | undefined> {
  if (dispatch === 'store') return undefined;
  throw new Error(`There is no dispatch "${dispatch}"`);
}
