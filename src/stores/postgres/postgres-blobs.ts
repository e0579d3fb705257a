import type { BlobRef, BlobStore, ByteRange } from '../blob-store.ts';
import type { CurrentConnection } from './connection.ts';
import { storeError } from './store-error.ts';

/**
 * Contents in Postgres. Closing does not wait for a put, whose content may never end; what the content
 * itself throws is passed on as it is.
 */
export class PostgresBlobs implements BlobStore {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async put(
    content: AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number },
  ): Promise<BlobRef> {
    return this.#current().blobs.put(content, options);
  }

  async read(sha256: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const chunks = await this.#current().calling(({ blobs }) => blobs.read(sha256, range));
    return { [Symbol.asyncIterator]: () => withOurErrors(chunks) };
  }

  async size(sha256: string): Promise<number | undefined> {
    return this.#current().calling(({ blobs }) => blobs.size(sha256));
  }

  async collect(
    isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
    options: { readonly olderThanMs: number; readonly dryRun?: boolean },
  ): Promise<{ readonly blobs: number; readonly bytes: number }> {
    return this.#current().blobs.collect(isUsed, options);
  }
}

async function* withOurErrors(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw storeError(error, 'Reading a content');
  }
}
