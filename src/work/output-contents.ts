import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RunchartError } from '../errors.ts';
import { type Json, jsonProblem } from '../json.ts';
import {
  type BlobRef,
  type BlobStore,
  type ByteRange,
  contentOf,
  type OutputContent,
  type OutputRecord,
} from '../stores/index.ts';

/** How big outputs may become. */
export interface OutputLimits {
  /** Bytes of JSON kept inside a record; what is bigger is kept as a file. Default 64 KiB. */
  readonly inlineOutputBytes: number;
  /** Bytes of one value or file: more is OUTPUT_TOO_LARGE. Default 1 GiB. */
  readonly outputBytes: number;
}

export interface ContentPort {
  readonly runId: string;
  readonly blobs: BlobStore;
  readonly limits: OutputLimits;
}

/** Something to give out. */
export interface Giving {
  /** What it is recognised by: the same text for the same content. */
  text(): string | Promise<string>;
  /** Keeps it; resolves when it is durable, or is to be kept inside its record. */
  keep(): Promise<OutputContent>;
}

const JSON_TYPE = 'application/json';

/** A JSON value, as it is now. Throws OUTPUT_INVALID or OUTPUT_TOO_LARGE. */
export function giveValue(
  { runId, blobs, limits }: ContentPort,
  name: string,
  value: Json,
): Giving {
  const flaw = jsonProblem(value);
  if (flaw !== undefined) {
    throw new RunchartError('OUTPUT_INVALID', `Output refused for run ${runId}: ${flaw}.`);
  }
  // A copy: what the caller does to the value from now on is not in the output.
  const json = JSON.stringify(value);
  const size = Buffer.byteLength(json);
  const { inlineOutputBytes, outputBytes } = limits;
  if (size > outputBytes) throw tooLarge(runId, 'a value', size, outputBytes);
  return {
    text: () => json,
    keep: async () => {
      if (size <= inlineOutputBytes) return { kind: 'inline', value: JSON.parse(json) as Json };
      const ref = await blobs.put(oneChunk(json), { maxBytes: outputBytes });
      return { kind: 'file', path: `${name}.json`, mime: JSON_TYPE, ...ref };
    },
  };
}

/** A file, read when it is kept. Rejects with OUTPUT_INVALID or OUTPUT_TOO_LARGE, naming the path. */
export function giveFile(
  { runId, blobs, limits: { outputBytes } }: ContentPort,
  path: string,
  mime: string | undefined,
): Giving {
  let putting: Promise<BlobRef> | undefined;
  const put = async (): Promise<BlobRef> => {
    const found = await onFile(path, () => stat(path));
    if (!found.isFile())
      throw noFile(path, found.isDirectory() ? 'it is a folder' : 'it is no file');
    if (found.size > outputBytes) throw tooLarge(runId, path, found.size, outputBytes);
    return blobs.put(bytesOfFile(path), { maxBytes: outputBytes });
  };
  const once = (): Promise<BlobRef> => (putting ??= put());
  return {
    text: async () => (await once()).sha256,
    keep: async () => ({
      kind: 'file',
      path: basename(path),
      ...(mime !== undefined && { mime }),
      ...(await once()),
    }),
  };
}

/** Bytes that come from anywhere. Rejects with OUTPUT_INVALID or OUTPUT_TOO_LARGE, and with what their source throws. */
export function giveBytes(
  { blobs, limits: { outputBytes } }: ContentPort,
  name: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  mime: string | undefined,
): Giving {
  const source = content instanceof Uint8Array ? oneChunk(content) : content;
  let putting: Promise<BlobRef> | undefined;
  const once = (): Promise<BlobRef> => (putting ??= blobs.put(source, { maxBytes: outputBytes }));
  return {
    text: async () => (await once()).sha256,
    keep: async () => ({
      kind: 'file',
      path: name,
      ...(mime !== undefined && { mime }),
      ...(await once()),
    }),
  };
}

/** The value of an output, wherever it is kept. Rejects with OUTPUT_INVALID where there is none. */
export async function readValue(blobs: BlobStore, { id, event }: OutputRecord): Promise<Json> {
  const content = contentOf(event);
  if (content === undefined) throw invalid(id, 'is progress, which has no value');
  if (content.kind === 'inline') return content.value;
  if (content.mime !== JSON_TYPE) {
    throw invalid(id, `is a file of type ${content.mime ?? 'unknown'}, not JSON; read its bytes`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.read(content.sha256)) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Json;
  } catch (error) {
    throw new RunchartError('OUTPUT_INVALID', `Output ${id} is a file that is no JSON.`, {
      cause: error,
    });
  }
}

/**
 * The bytes of an output: those of its file, or the JSON of its value, whichever way that is kept. Fails
 * with BLOB_CORRUPT at the end of a file when they are not those that were given out.
 */
export async function readBytes(
  blobs: BlobStore,
  { id, event }: OutputRecord,
  range?: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  const content = contentOf(event);
  if (content === undefined) throw invalid(id, 'is progress, which has no bytes');
  if (range !== undefined) checkRange(id, range);
  if (content.kind === 'file') return blobs.read(content.sha256, range);
  const json = Buffer.from(JSON.stringify(content.value)).subarray(range?.start, range?.end);
  return { [Symbol.asyncIterator]: () => oneChunk(json) };
}

/** Writes those bytes to a path: all of them, or nothing. */
export async function saveBytes(
  blobs: BlobStore,
  record: OutputRecord,
  path: string,
): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(await readBytes(blobs, record), createWriteStream(part, { flags: 'wx' }));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* oneChunk(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  // A copy: what a reader does to it is not in the store.
  yield Buffer.from(content as string);
}

function checkRange(id: string, { start, end = start }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)
    return;
  throw new RunchartError(
    'INPUT_INVALID',
    `The range ${start} to ${end} of output ${id} is none: it takes whole numbers from 0, the end not before the start.`,
  );
}

async function* bytesOfFile(path: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await onFile(path, () => chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

async function onFile<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw noFile(path, error instanceof Error ? error.message : String(error), error);
  }
}

function noFile(path: string, reason: string, cause?: unknown): RunchartError {
  return new RunchartError(
    'OUTPUT_INVALID',
    `${path} cannot be given out: ${reason}.`,
    cause === undefined ? undefined : { cause },
  );
}

function invalid(id: string, what: string): RunchartError {
  return new RunchartError('OUTPUT_INVALID', `Output ${id} ${what}.`);
}

function tooLarge(runId: string, what: string, size: number, limit: number): RunchartError {
  return new RunchartError(
    'OUTPUT_TOO_LARGE',
    `Output refused for run ${runId}: ${what} has ${size} bytes, at most ${limit} are allowed.`,
  );
}
