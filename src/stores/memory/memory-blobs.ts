import { createHash } from 'node:crypto';
import type { BlobRef, BlobStore, ByteRange } from '../blob-store.ts';
import { blobNotFound, blobTooLarge } from '../blob-rules.ts';

interface Blob {
  readonly bytes: Uint8Array;
  readonly putAtMs: number;
}

/** Contents in the memory of this process. `clock` answers epoch milliseconds. */
export function memoryBlobs(clock: () => number = Date.now): BlobStore {
  const blobs = new Map<string, Blob>();
  return {
    put: async (content, { maxBytes = Infinity } = {}): Promise<BlobRef> => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of content) {
        size += chunk.byteLength;
        if (size > maxBytes) throw blobTooLarge(maxBytes);
        // A copy: the source may use its memory again.
        chunks.push(Uint8Array.from(chunk));
      }
      const bytes = Buffer.concat(chunks);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      blobs.set(sha256, { bytes, putAtMs: clock() });
      return { sha256, size };
    },
    read: async (sha256, { start, end }: Partial<ByteRange> = {}) => {
      const blob = blobs.get(sha256);
      if (blob === undefined) throw blobNotFound(sha256);
      return once(blob.bytes.subarray(start, end));
    },
    size: async (sha256) => blobs.get(sha256)?.bytes.length,
    collect: async (isUsed, { olderThanMs, dryRun = false }) => {
      const before = clock() - olderThanMs;
      const isOld = (sha256: string): boolean => (blobs.get(sha256)?.putAtMs ?? Infinity) < before;
      const old = [...blobs.keys()].filter(isOld);
      const used = await isUsed(old);
      // Looked at once more: a content may have been put again while it was asked for.
      const garbage = old.filter((sha256) => !used.has(sha256) && isOld(sha256));
      const bytes = garbage.reduce(
        (sum, sha256) => sum + (blobs.get(sha256)?.bytes.length ?? 0),
        0,
      );
      if (!dryRun) for (const sha256 of garbage) blobs.delete(sha256);
      return { blobs: garbage.length, bytes };
    },
  };
}

function once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      // A copy: what a reader does to it is not in the store.
      yield Uint8Array.from(bytes);
    },
  };
}
