/** A file's content under its digest. */
export interface BlobRef {
  /** Lower case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Which bytes: from `start` up to and without `end`, both whole numbers from 0. */
export interface ByteRange {
  readonly start: number;
  /** Default: the end of the content. */
  readonly end?: number;
}

/**
 * Contents too big for a record, each kept once under its sha256.
 *
 * - `put` is durable when it resolves: the content and its name. It streams, and rejects with
 *   OUTPUT_TOO_LARGE beyond `maxBytes`, keeping nothing. The same content again changes nothing.
 * - `read` streams, and fails with BLOB_CORRUPT at its end when the bytes are not those of the digest;
 *   an unknown digest rejects with OUTPUT_NOT_FOUND. With a range only those bytes are read, nothing beyond
 *   the end of the content, and the digest of a part is not proved.
 * - `size` answers the bytes of what is kept under a digest without reading it; undefined for an unknown
 *   one.
 * - `collect` deletes what `isUsed` denies and is older than `olderThanMs`: a content is put before the
 *   record that refers to it is written, and must not be taken for garbage in between.
 */
export interface BlobStore {
  put(
    content: AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number },
  ): Promise<BlobRef>;
  read(sha256: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  size(sha256: string): Promise<number | undefined>;
  collect(
    isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
    options: { readonly olderThanMs: number; readonly dryRun?: boolean },
  ): Promise<{ readonly blobs: number; readonly bytes: number }>;
}
