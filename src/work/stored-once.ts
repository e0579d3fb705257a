import { isRunchartError } from '../errors.ts';
import type { OutputRecord, OutputStore } from '../stores/index.ts';

/** Stores an output, or answers the one that has its id already: somebody stored it before, and did not tell, or does so now. */
export async function storedOnce(
  store: Pick<OutputStore, 'get'>,
  id: string,
  append: () => Promise<OutputRecord>,
): Promise<OutputRecord> {
  try {
    return await append();
  } catch (error) {
    if (!isRunchartError(error, 'OUTPUT_EXISTS')) throw error;
    return store.get(id);
  }
}
