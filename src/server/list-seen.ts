import { hasText } from '../run-search.ts';
import type { ListOptions, RunInfo, RunList, Runtime } from '../runtime.ts';
import type { Access } from './access.ts';

/** Pages that are looked through for one page of those that may be seen. */
const MAX_PAGES = 20;

/**
 * A page of the runs that may be seen. Where something is redacted, a text is looked for in what is left: whether
 * it stands in what was taken out, nobody can find out by asking.
 */
export async function listSeen(
  runtime: Pick<Runtime, 'list'>,
  access: Access,
  { limit, text, cursor: from, ...filter }: ListOptions & { readonly limit: number },
): Promise<RunList> {
  const isOurs = text !== undefined && access.redacts;
  const options = { ...filter, ...(text !== undefined && !isOurs && { text }) };
  // A search of the runtime does as much for one page as a request should.
  const isSearch = options.text !== undefined || filter.needsAttention === true;
  const isShown = async (info: RunInfo): Promise<boolean> =>
    (await access.canSee(info)) && (!isOurs || isLeftIn(access, info, text));
  const runs: RunInfo[] = [];
  let cursor = from ?? null;
  for (let pages = isSearch ? 1 : MAX_PAGES; pages > 0 && runs.length < limit; pages -= 1) {
    const behind = cursor === null ? {} : { cursor };
    const page = await runtime.list({ ...options, ...behind, limit: limit - runs.length });
    for (const info of page.runs) if (await isShown(info)) runs.push(info);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return { runs, nextCursor: cursor };
}

function isLeftIn(access: Access, info: RunInfo, text: string): boolean {
  const left = access.redacted(info, info.snapshot.runId) as Partial<RunInfo> | null;
  return left?.snapshot !== undefined && hasText(left.snapshot, text);
}
