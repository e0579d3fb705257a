import type { BlobStore } from './blob-store.ts';

/**
 * Contents that belong to stores: used while those are open, else STORE_CLOSED. Closing does not wait
 * for a put, whose content may never end; a put that had begun may still end well.
 */
export function openBlobs(blobs: BlobStore, assertOpen: () => void): BlobStore {
  return {
    put: async (content, options) => {
      assertOpen();
      return blobs.put(content, options);
    },
    read: async (sha256, range) => {
      assertOpen();
      return blobs.read(sha256, range);
    },
    size: async (sha256) => {
      assertOpen();
      return blobs.size(sha256);
    },
    collect: async (isUsed, options) => {
      assertOpen();
      return blobs.collect(isUsed, options);
    },
  };
}
