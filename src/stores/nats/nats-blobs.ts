import { createHash } from 'node:crypto';
import { nuid } from '@nats-io/transport-node';
import type { BlobRef, BlobStore, ByteRange } from '../blob-store.ts';
import { blobCorrupt, blobNotFound, blobTooLarge, isDigest } from '../blob-rules.ts';
import type { Connection } from './connection.ts';
import type { BlobStream } from './blob-stream.ts';
import type { StoredMessage } from './journal-reader.ts';
import { ServerRefusal, storeError, Unanswered } from './store-error.ts';

/** Where the chunks of a content are. */
interface Manifest {
  readonly upload: string;
  readonly size: number;
  readonly chunkBytes: number;
}

/** What a message holds of a content, in bytes; less than any server's `max_payload` should be. */
const CHUNK_BYTES = 256 * 1024;
/** Chunks that are on their way at once. */
const AHEAD = 8;

/**
 * Contents in a stream of their own: numbered chunks under the name of their upload, and a manifest under the
 * digest once all of them are there. Each chunk has a subject, so that any part of a content is read with one
 * request per chunk; the object store of NATS reads from the beginning, with a consumer.
 */
export class NatsBlobs implements BlobStore {
  readonly #current: () => Connection;

  constructor(current: () => Connection) {
    this.#current = current;
  }

  async put(
    content: AsyncIterable<Uint8Array>,
    { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
  ): Promise<BlobRef> {
    const { blobs } = this.#current();
    // The time says to `collect` how old it is, should it never be finished.
    const upload = `${Date.now().toString(36)}-${nuid.next()}`;
    try {
      const { sha256, size } = await sendChunks(blobs, upload, content, maxBytes);
      await name(blobs, sha256, { upload, size, chunkBytes: CHUNK_BYTES });
      return { sha256, size };
    } catch (error) {
      await dropUpload(blobs, upload).catch(() => undefined);
      throw faultOf(error, 'Putting a content');
    }
  }

  async read(sha256: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const { blobs } = this.#current();
    const manifest = await manifestOf(blobs, sha256);
    if (manifest === undefined) throw blobNotFound(sha256);
    // It can be read more than once.
    return {
      [Symbol.asyncIterator]: () =>
        range === undefined
          ? proved(blobs, sha256, manifest)
          : partOf(blobs, sha256, manifest, range),
    };
  }

  async size(sha256: string): Promise<number | undefined> {
    return (await manifestOf(this.#current().blobs, sha256))?.size;
  }

  async collect(
    isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
    { olderThanMs, dryRun = false }: { readonly olderThanMs: number; readonly dryRun?: boolean },
  ): Promise<{ readonly blobs: number; readonly bytes: number }> {
    try {
      return await collect(this.#current().blobs, isUsed, Date.now() - olderThanMs, dryRun);
    } catch (error) {
      throw faultOf(error, 'Looking for contents that nobody uses');
    }
  }
}

async function collect(
  blobs: BlobStream,
  isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
  before: number,
  dryRun: boolean,
): Promise<{ readonly blobs: number; readonly bytes: number }> {
  const old = new Map<string, StoredMessage>();
  const named = new Set<string>();
  for await (const message of blobs.journal.all(blobs.manifest('*'))) {
    const manifest = parse(message);
    if (manifest === undefined) continue;
    named.add(manifest.upload);
    const sha256 = message.subject.split('.').at(-1) ?? '';
    if (message.timeMs < before) old.set(sha256, message);
    else old.delete(sha256);
  }
  const used = await isUsed([...old.keys()]);
  let count = 0;
  let bytes = 0;
  for (const [sha256, message] of old) {
    if (used.has(sha256)) continue;
    if (!dryRun && !(await dropContent(blobs, sha256, message))) continue;
    count += 1;
    bytes += parse(message)?.size ?? 0;
  }
  if (!dryRun) await dropLeftovers(blobs, named, before);
  return { blobs: count, bytes };
}

/** What the content itself throws is passed on. */
function faultOf(error: unknown, doing: string): unknown {
  const isOurs = error instanceof Unanswered || error instanceof ServerRefusal;
  return isOurs ? storeError(error, doing) : error;
}

async function sendChunks(
  { journal, chunk }: BlobStream,
  upload: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BlobRef> {
  const digest = createHash('sha256');
  const sending = new Set<Promise<unknown>>();
  let failed: { readonly error: unknown } | undefined;
  let size = 0;
  let n = 0;
  let left: Uint8Array[] = [];
  let leftBytes = 0;
  const send = async (): Promise<void> => {
    const bytes = Buffer.concat(left);
    left = [];
    leftBytes = 0;
    const draft = { subject: chunk(upload, n++), body: bytes, expect: { seq: 0 } };
    const sent = journal.write([draft]).then(
      () => void sending.delete(sent),
      (error: unknown) => void (failed ??= { error }),
    );
    sending.add(sent);
    if (sending.size >= AHEAD) await Promise.race(sending);
    if (failed !== undefined) throw failed.error;
  };
  for await (const given of content) {
    size += given.byteLength;
    if (size > maxBytes) throw blobTooLarge(maxBytes);
    digest.update(given);
    for (let at = 0; at < given.byteLength;) {
      const piece = given.subarray(at, at + CHUNK_BYTES - leftBytes);
      // A copy: the source may use its memory again.
      left.push(Uint8Array.from(piece));
      leftBytes += piece.byteLength;
      at += piece.byteLength;
      if (leftBytes === CHUNK_BYTES) await send();
    }
  }
  if (leftBytes > 0) await send();
  await Promise.all(sending);
  if (failed !== undefined) throw failed.error;
  return { sha256: digest.digest('hex'), size };
}

/** Puts the manifest under the digest. One that is there already stays, but becomes young again. */
async function name(blobs: BlobStream, sha256: string, manifest: Manifest): Promise<void> {
  const { journal } = blobs;
  const subject = blobs.manifest(sha256);
  for (;;) {
    const there = await journal.last(subject);
    const kept = (there && parse(there)) ?? manifest;
    const written = await journal.write([
      { subject, body: JSON.stringify(kept), expect: { seq: there?.seq ?? 0 } },
    ]);
    if (written.kind === 'conflict') continue;
    if (there !== undefined) await journal.purge(subject, written.seqs[0] ?? 0);
    if (kept.upload !== manifest.upload) await dropUpload(blobs, manifest.upload);
    return;
  }
}

async function manifestOf(blobs: BlobStream, sha256: string): Promise<Manifest | undefined> {
  if (!isDigest(sha256)) return undefined;
  try {
    const message = await blobs.journal.last(blobs.manifest(sha256));
    return message && parse(message);
  } catch (error) {
    throw faultOf(error, 'Looking for a content');
  }
}

/** undefined: the content is being deleted. */
function parse({ data }: StoredMessage): Manifest | undefined {
  return data.length === 0 ? undefined : (JSON.parse(Buffer.from(data).toString()) as Manifest);
}

/** All bytes; it fails at the end when they are not those of the digest. */
async function* proved(
  blobs: BlobStream,
  sha256: string,
  manifest: Manifest,
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  for await (const bytes of partOf(blobs, sha256, manifest, { start: 0 })) {
    digest.update(bytes);
    yield bytes;
  }
  const found = digest.digest('hex');
  if (found !== sha256) throw blobCorrupt(sha256, `the upload ${manifest.upload}`, found);
}

async function* partOf(
  blobs: BlobStream,
  sha256: string,
  { upload, size, chunkBytes }: Manifest,
  { start, end = size }: ByteRange,
): AsyncGenerator<Uint8Array> {
  const last = Math.ceil(Math.min(end, size) / chunkBytes);
  const coming: Promise<Uint8Array | undefined>[] = [];
  let next = Math.floor(start / chunkBytes);
  for (let n = next; n < last; n += 1) {
    for (; next < last && coming.length < AHEAD; next += 1) {
      const read = readChunk(blobs, upload, next);
      read.catch(() => undefined);
      coming.push(read);
    }
    const bytes = await coming.shift();
    if (bytes === undefined) {
      throw blobCorrupt(sha256, `the upload ${upload}`, `no chunk ${n}, and so another sha256`);
    }
    const from = n * chunkBytes;
    const part = bytes.subarray(Math.max(0, start - from), Math.min(end, size) - from);
    if (part.length > 0) yield Uint8Array.from(part);
  }
}

async function readChunk(
  { journal, chunk }: BlobStream,
  upload: string,
  n: number,
): Promise<Uint8Array | undefined> {
  try {
    return (await journal.last(chunk(upload, n)))?.data;
  } catch (error) {
    throw faultOf(error, 'Reading a content');
  }
}

/** Answers false when it was put again in the meantime. Whoever puts it from now on keeps chunks of his own. */
async function dropContent(
  blobs: BlobStream,
  sha256: string,
  message: StoredMessage,
): Promise<boolean> {
  const { journal } = blobs;
  const subject = blobs.manifest(sha256);
  const written = await journal.write([{ subject, body: '', expect: { seq: message.seq } }]);
  const seq = written.kind === 'stored' ? written.seqs[0] : undefined;
  if (seq === undefined) return false;
  await dropUpload(blobs, parse(message)?.upload ?? '');
  await journal.purge(subject, seq);
  await journal.erase(seq);
  return true;
}

async function dropUpload({ journal, chunk }: BlobStream, upload: string): Promise<void> {
  await journal.purge(chunk(upload, '*'));
}

/** Chunks of uploads that were never finished. */
async function dropLeftovers(
  blobs: BlobStream,
  named: ReadonlySet<string>,
  before: number,
): Promise<void> {
  for (const upload of await blobs.uploads()) {
    const beganMs = Number.parseInt(upload.split('-')[0] ?? '', 36);
    if (!named.has(upload) && beganMs < before) await dropUpload(blobs, upload);
  }
}
