import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDigest } from '../blob-rules.ts';
import { codeOf, unlessMissing } from './fs-error.ts';

/** What file systems answer that have no way to sync a folder: there is nothing more to be done. */
const CANNOT_SYNC: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP']);

/**
 * Where things are below one directory:
 *
 * - `sha256/ab/abcdef...` whole contents. A file is under such a name only as a whole.
 * - `tmp/` contents that are being written, under names that nobody else uses.
 * - `grave/abcdef....xyz` contents that a collector has taken aside, and decides about.
 */
export class BlobFolders {
  readonly directory: string;
  readonly tmp: string;
  readonly grave: string;
  readonly #contents: string;
  /** Folders whose own names are known to be durable. */
  readonly #durable = new Set<string>();

  constructor(directory: string) {
    this.directory = directory;
    this.tmp = join(directory, 'tmp');
    this.grave = join(directory, 'grave');
    this.#contents = join(directory, 'sha256');
  }

  /** `sha256` MUST be a digest. */
  pathOf(sha256: string): string {
    return join(this.#contents, sha256.slice(0, 2), sha256);
  }

  /**
   * Makes the folder of a content, and what is above it, durable. Also a folder that is there already
   * is synced once: whoever made it may have died before it did that.
   */
  async makeShard(sha256: string): Promise<string> {
    const shard = dirname(this.pathOf(sha256));
    if (this.#durable.has(shard)) return shard;
    await mkdir(shard, { recursive: true });
    for (const folder of [shard, this.#contents, this.directory]) {
      if (this.#durable.has(folder)) break;
      await syncFolder(dirname(folder));
    }
    for (const folder of [shard, this.#contents, this.directory]) this.#durable.add(folder);
    return shard;
  }

  /** Every digest that has a file, shard by shard. */
  async *digests(): AsyncGenerator<string> {
    for (const shard of await namesIn(this.#contents)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of await namesIn(join(this.#contents, shard))) {
        if (isDigest(name) && name.startsWith(shard)) yield name;
      }
    }
  }

  /** Paths of a content that collectors have taken aside; of all contents without a digest. */
  async graves(sha256 = ''): Promise<readonly string[]> {
    const names = await namesIn(this.grave);
    return names.filter((name) => name.startsWith(sha256)).map((name) => join(this.grave, name));
  }
}

/** Makes the names in a folder durable. Windows cannot, and does so by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** The names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await unlessMissing(() => readdir(folder))) ?? [];
}
