// Only the type: the client runs in browsers too, so Node itself is asked for its modules where there is one.
import type fs from 'node:fs';

import { RunchartError } from '../errors.ts';

type Fs = typeof fs;

interface NodeLike {
  readonly getBuiltinModule?: (name: string) => unknown;
}

export async function fileAsBlob(
  path: string,
): Promise<{ readonly name: string; readonly content: Blob }> {
  const fs = fileSystem(path);
  try {
    const found = await fs.promises.stat(path);
    if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file');
    const name = path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
    return { name, content: await fs.openAsBlob(path) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunchartError('OUTPUT_INVALID', `${path} cannot be given out: ${why}.`, {
      cause: error,
    });
  }
}

/** Writes all bytes to a path, or nothing. */
export async function saveTo(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const { promises: fs } = fileSystem(path);
  const part = `${path}.${crypto.randomUUID()}.part`;
  const file = await fs.open(part, 'wx');
  try {
    for await (const chunk of bytes) await file.writeFile(chunk);
    await file.close();
    await fs.rename(part, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await fs.rm(part, { force: true });
    throw error;
  }
}

function fileSystem(path: string): Fs {
  const { process } = globalThis as { readonly process?: NodeLike };
  const fs = process?.getBuiltinModule?.('node:fs') as Fs | undefined;
  if (fs !== undefined) return fs;
  throw new RunchartError(
    'INPUT_INVALID',
    `There are no files here, so ${path} is none; use bytes.`,
  );
}
