import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobRef } from '../blob-store.ts';
import { blobTooLarge } from '../blob-rules.ts';
import { type BlobFolders, syncFolder } from './blob-folders.ts';
import { onDisk, unlessMissing } from './fs-error.ts';

const WRITING = 'Writing a content';

/**
 * Writes a content aside, and gives it its name when all of it is on the disk. What the content itself
 * throws is passed on as it is.
 */
export async function putBlob(
  folders: BlobFolders,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BlobRef> {
  const path = join(folders.tmp, randomUUID());
  const file = await onDisk(WRITING, () => create(folders.tmp, path));
  try {
    const ref = await write(file, content, maxBytes);
    await onDisk(WRITING, () => publish(folders, path, ref.sha256));
    return ref;
  } catch (error) {
    // What cannot be removed now is garbage that a collector removes.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

async function create(folder: string, path: string): Promise<FileHandle> {
  const file = await unlessMissing(() => open(path, 'wx'));
  if (file !== undefined) return file;
  await mkdir(folder, { recursive: true });
  return open(path, 'wx');
}

/** Closes the file, also when it fails. */
async function write(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BlobRef> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of content) {
      size += chunk.byteLength;
      if (size > maxBytes) throw blobTooLarge(maxBytes);
      hash.update(chunk);
      await onDisk(WRITING, () => file.writeFile(chunk));
    }
    await onDisk(WRITING, () => file.sync());
  } finally {
    await onDisk(WRITING, () => file.close());
  }
  return { sha256: hash.digest('hex'), size };
}

/**
 * The new file replaces one that is there: same bytes, but surely whole, surely durable, and as young as
 * this put, which is what keeps collectors away from it.
 */
async function publish(folders: BlobFolders, path: string, sha256: string): Promise<void> {
  const shard = await folders.makeShard(sha256);
  await rename(path, folders.pathOf(sha256));
  await syncFolder(shard);
}
