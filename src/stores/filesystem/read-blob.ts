import { createHash } from 'node:crypto';
import { access, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isRunchartError } from '../../errors.ts';
import { blobCorrupt, blobNotFound, isDigest } from '../blob-rules.ts';
import type { ByteRange } from '../blob-store.ts';
import type { BlobFolders } from './blob-folders.ts';
import { onDisk, unlessMissing } from './fs-error.ts';

const READING = 'Reading a content';

/** Bytes per chunk: below this the calls cost more than the bytes. */
const CHUNK_BYTES = 256 * 1024;

/** The bytes of a content, each time they are asked for. The file is open only while they are read. */
export async function readBlob(
  folders: BlobFolders,
  sha256: string,
  range?: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  if (!isDigest(sha256)) throw blobNotFound(sha256);
  await onDisk(READING, () => find(folders, sha256, (path) => access(path)));
  return {
    [Symbol.asyncIterator]: () =>
      range === undefined ? chunksOf(folders, sha256) : partOf(folders, sha256, range),
  };
}

/** The bytes of a content; undefined when there is none of that digest. */
export async function sizeOfBlob(
  folders: BlobFolders,
  sha256: string,
): Promise<number | undefined> {
  if (!isDigest(sha256)) return undefined;
  try {
    const { size } = await onDisk(READING, () => find(folders, sha256, (path) => stat(path)));
    return size;
  } catch (error) {
    if (isRunchartError(error, 'OUTPUT_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function* chunksOf(folders: BlobFolders, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const open = await onDisk(READING, () => find(folders, sha256, openFile));
  try {
    for (;;) {
      const { bytesRead, buffer } = await onDisk(READING, () =>
        open.file.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES) }),
      );
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      yield chunk;
    }
  } finally {
    await open.file.close();
  }
  const found = hash.digest('hex');
  if (found !== sha256) throw blobCorrupt(sha256, open.path, found);
}

async function* partOf(
  folders: BlobFolders,
  sha256: string,
  { start, end = Infinity }: ByteRange,
): AsyncGenerator<Uint8Array> {
  const { file } = await onDisk(READING, () => find(folders, sha256, openFile));
  try {
    for (let position = start; position < end;) {
      const length = Math.min(CHUNK_BYTES, end - position);
      const { bytesRead, buffer } = await onDisk(READING, () =>
        file.read({ buffer: Buffer.allocUnsafe(length), position }),
      );
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<{ path: string; file: FileHandle }> {
  return { path, file: await open(path, 'r') };
}

/**
 * Uses the file of a content. A collector may have taken it aside, and may put it back: so a file that
 * is not under its name is looked for in the grave, until there is none, and then under its name again.
 */
async function find<T>(
  folders: BlobFolders,
  sha256: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const tryPath = (path: string): Promise<{ readonly found: T } | undefined> =>
    unlessMissing(async () => ({ found: await use(path) }));
  for (;;) {
    const named = await tryPath(folders.pathOf(sha256));
    if (named !== undefined) return named.found;
    const graves = await folders.graves(sha256);
    for (const path of graves) {
      const buried = await tryPath(path);
      if (buried !== undefined) return buried.found;
    }
    if (graves.length > 0) continue;
    const last = await tryPath(folders.pathOf(sha256));
    if (last !== undefined) return last.found;
    throw blobNotFound(sha256);
  }
}
