import { isRunchartError } from '../errors.ts';
import type { OutputRecord, Stores } from '../stores/index.ts';

const PAGE_OUTPUTS = 500;

/** The outputs of one run, or of all, in the order in which the store got them. */
export async function* outputPages(
  { outputs }: Stores,
  runId?: string,
): AsyncGenerator<readonly OutputRecord[], void, void> {
  for (let afterId: string | undefined; ;) {
    const page = await outputs.list({
      limit: PAGE_OUTPUTS,
      ...(runId !== undefined && { runId }),
      ...(afterId !== undefined && { afterId }),
    });
    if (page.length > 0) yield page;
    if (page.length < PAGE_OUTPUTS) return;
    afterId = page.at(-1)?.id;
  }
}

/** The runs whose outputs those of a run were made from. */
export async function outputOrigins(from: Stores, runId: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const page of outputPages(from, runId)) {
    const here = new Set(page.map(({ id }) => id));
    const parents = page.flatMap(({ parentRefs }) => parentRefs).filter((id) => !here.has(id));
    for (const id of new Set(parents)) {
      try {
        found.add((await from.outputs.get(id)).runId);
      } catch (error) {
        // It was pruned with its run.
        if (!isRunchartError(error, 'OUTPUT_NOT_FOUND')) throw error;
      }
    }
  }
  return [...found];
}
