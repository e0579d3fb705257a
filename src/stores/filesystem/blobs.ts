import type { BlobStore } from '../blob-store.ts';
import { BlobFolders } from './blob-folders.ts';
import { collectBlobs } from './collect-blobs.ts';
import { onDisk } from './fs-error.ts';
import { putBlob } from './put-blob.ts';
import { readBlob, sizeOfBlob } from './read-blob.ts';

/**
 * Contents as files of a directory, which any number of processes may share. It is created by the first
 * put. A process that dies while it puts leaves nothing under a content's name. `clock` answers epoch
 * milliseconds.
 */
export function filesystemBlobs(directory: string, clock: () => number = Date.now): BlobStore {
  const folders = new BlobFolders(directory);
  return {
    put: (content, { maxBytes = Infinity } = {}) => putBlob(folders, content, maxBytes),
    read: (sha256, range) => readBlob(folders, sha256, range),
    size: (sha256) => sizeOfBlob(folders, sha256),
    collect: (isUsed, { olderThanMs, dryRun = false }) =>
      onDisk('Collecting contents', () =>
        collectBlobs(folders, { isUsed, olderThanMs, dryRun, clock }),
      ),
  };
}
