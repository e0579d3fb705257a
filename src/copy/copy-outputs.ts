import { RunchartError } from '../errors.ts';
import { contentOf, type OutputRecord, type Stores } from '../stores/index.ts';
import { outputPages } from './output-pages.ts';

/** What was copied of a page. */
export interface CopiedOutputs {
  readonly outputs: number;
  readonly blobs: number;
  readonly blobBytes: number;
}

/**
 * Copies the outputs of runs with their contents, page by page, in the order in which the source got them, also
 * across runs: "the latest" goes by it. Those that are there are left alone.
 */
export async function* copyOutputs(
  from: Stores,
  to: Stores,
  runIds: ReadonlySet<string>,
): AsyncGenerator<CopiedOutputs, void, void> {
  if (runIds.size === 0) return;
  const seen = new Set<string>();
  for await (const page of outputPages(from)) {
    const records = page.filter(({ runId }) => runIds.has(runId));
    if (records.length === 0) continue;
    let [blobs, blobBytes] = [0, 0];
    for (const sha256 of contentsOf(records)) {
      if (seen.has(sha256)) continue;
      seen.add(sha256);
      const bytes = await copyBlob(from, to, sha256);
      if (bytes === undefined) continue;
      blobs += 1;
      blobBytes += bytes;
    }
    await to.outputs.import(records);
    yield { outputs: records.length, blobs, blobBytes };
  }
}

/** The digests of the files that outputs refer to. */
function contentsOf(records: readonly OutputRecord[]): readonly string[] {
  return records.flatMap(({ event }) => {
    const content = contentOf(event);
    return content?.kind === 'file' ? [content.sha256] : [];
  });
}

/** The bytes that were copied; undefined when the content is there already, or not in the source either. */
async function copyBlob(from: Stores, to: Stores, sha256: string): Promise<number | undefined> {
  if ((await to.blobs.size(sha256)) !== undefined) return undefined;
  // Its record tells of it all the same: what reads it is told that it is gone, as it is in the source.
  if ((await from.blobs.size(sha256)) === undefined) return undefined;
  const put = await to.blobs.put(await from.blobs.read(sha256));
  if (put.sha256 === sha256) return put.size;
  throw new RunchartError(
    'BLOB_CORRUPT',
    `The content ${sha256} came to ${to.location} with the digest ${put.sha256}.`,
  );
}
