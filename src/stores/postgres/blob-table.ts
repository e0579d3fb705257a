import { createHash } from 'node:crypto';
import { RunchartError } from '../../errors.ts';
import { blobCorrupt, blobNotFound, blobTooLarge, isDigest } from '../blob-rules.ts';
import type { BlobRef, BlobStore, ByteRange } from '../blob-store.ts';
import { textColumn } from './columns.ts';
import { untilDecided } from './database.ts';
import type { Database } from './database.ts';
import type { PgQuery } from './driver.ts';
import { plain, prepared } from './statement.ts';
import { sqlState, storeError, UNIQUE_VIOLATION } from './store-error.ts';

/** Bytes of a row: below this the statements cost more than the bytes. */
const CHUNK_BYTES = 256 * 1024;
/** Digests asked about at once. */
const PAGE = 500;

interface Content {
  readonly content: number;
  readonly size: number;
}

type CollectOptions = Parameters<BlobStore['collect']>[1];

/** Contents in pieces, each put a row of its own, which has no name until all of it is there. */
export class BlobTable implements BlobStore {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof statements>;

  constructor(database: Database, place: string) {
    this.#database = database;
    this.#sql = statements(place);
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
  ): Promise<BlobRef> {
    const [begun] = await this.#rows<{ content: number }>(prepared(this.#sql.begin));
    const content = begun?.content ?? 0;
    let isNew = false;
    try {
      const ref = await this.#write(content, source, maxBytes);
      isNew = await this.#publish(content, ref);
      return ref;
    } finally {
      // What cannot be removed now is garbage that a collector removes.
      if (!isNew) await this.#rows(prepared(this.#sql.drop, [content])).catch(() => []);
    }
  }

  async read(sha256: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const found = await this.#find(sha256);
    if (found === undefined) throw blobNotFound(sha256);
    return {
      [Symbol.asyncIterator]: () =>
        range === undefined ? this.#whole(sha256) : this.#part(found, range),
    };
  }

  async size(sha256: string): Promise<number | undefined> {
    return (await this.#find(sha256))?.size;
  }

  /** What is put again while it is asked for becomes young by that: it is looked at when it is deleted. */
  async collect(
    isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
    { olderThanMs, dryRun = false }: CollectOptions,
  ): Promise<{ readonly blobs: number; readonly bytes: number }> {
    const [now] = await this.#rows<{ before: string }>(plain(this.#sql.before, [olderThanMs]));
    const before = now?.before ?? '-infinity';
    if (!dryRun) await this.#rows(plain(this.#sql.dropUnfinished, [before]));
    let [blobs, bytes, after] = [0, 0, 0];
    for (;;) {
      const page = await this.#rows<Content & { sha256: string }>(
        prepared(this.#sql.old, [before, after, PAGE]),
      );
      const last = page.at(-1);
      if (last === undefined) return { blobs, bytes };
      after = last.content;
      const used = await isUsed(page.map(({ sha256 }) => sha256));
      const garbage = page.filter(({ sha256 }) => !used.has(sha256));
      const keys = `{${garbage.map(({ content }) => content).join(',')}}`;
      const gone = dryRun
        ? garbage
        : await this.#rows<Content>(prepared(this.#sql.collect, [keys, before]));
      blobs += gone.length;
      bytes += gone.reduce((sum, { size }) => sum + size, 0);
    }
  }

  async #find(sha256: string): Promise<Content | undefined> {
    if (!isDigest(sha256)) return undefined;
    const rows = await this.#rows<Content>(prepared(this.#sql.find, [textColumn([sha256])]));
    return rows[0];
  }

  async #rows<Row>(query: PgQuery): Promise<Row[]> {
    try {
      return await this.#database.rows<Row>(query);
    } catch (error) {
      throw storeError(error, 'Keeping contents in Postgres');
    }
  }

  /** Writes what comes in pieces of one size, whatever it comes in. */
  async #write(
    content: number,
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<BlobRef> {
    const hash = createHash('sha256');
    let size = 0;
    let n = 0;
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    const flush = async (bytes: Buffer): Promise<void> => {
      const kept = await this.#rows(prepared(this.#sql.chunk, [content, n, bytes]));
      if (kept.length === 0) throw collected();
      n += 1;
    };
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > maxBytes) throw blobTooLarge(maxBytes);
      hash.update(chunk);
      // A copy: whoever gave it may write into it again.
      held.push(Buffer.from(chunk));
      heldBytes += chunk.byteLength;
      if (heldBytes < CHUNK_BYTES) continue;
      const whole = Buffer.concat(held);
      let at = 0;
      for (; whole.length - at >= CHUNK_BYTES; at += CHUNK_BYTES) {
        await flush(whole.subarray(at, at + CHUNK_BYTES));
      }
      held = [whole.subarray(at)];
      heldBytes = whole.length - at;
    }
    if (heldBytes > 0) await flush(Buffer.concat(held));
    return { sha256: hash.digest('hex'), size };
  }

  /** Gives the content its name; false when there is one of that name, which is as young as this put then. */
  #publish(content: number, { sha256, size }: BlobRef): Promise<boolean> {
    return untilDecided(async () => {
      try {
        const [named] = await this.#database.rows<{ content: number }>(
          prepared(this.#sql.publish, [content, sha256, size]),
        );
        if (named === undefined) throw collected();
        return named.content === content;
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw storeError(error, 'Naming a content');
        return undefined;
      }
    });
  }

  async *#whole(sha256: string): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    const found = await this.#find(sha256);
    if (found === undefined) throw blobNotFound(sha256);
    for await (const chunk of this.#part(found, { start: 0 })) {
      hash.update(chunk);
      yield chunk;
    }
    const digest = hash.digest('hex');
    if (digest === sha256) return;
    // It may have been collected while it was read.
    if ((await this.#find(sha256))?.content !== found.content) throw blobNotFound(sha256);
    throw blobCorrupt(sha256, `row ${found.content} of the contents`, digest);
  }

  async *#part(
    { content, size }: Content,
    { start, end = size }: ByteRange,
  ): AsyncGenerator<Uint8Array> {
    const stop = Math.min(end, size);
    for (let at = start; at < stop;) {
      const n = Math.floor(at / CHUNK_BYTES);
      const from = at - n * CHUNK_BYTES;
      const length = Math.min(CHUNK_BYTES - from, stop - at);
      const [row] = await this.#rows<{ bytes: Buffer }>(
        prepared(this.#sql.bytes, [content, n, from + 1, length]),
      );
      if (row === undefined || row.bytes.length === 0) return;
      at += row.bytes.length;
      yield row.bytes;
    }
  }
}

function collected(): RunchartError {
  return new RunchartError(
    'STORE_FAILED',
    'Nothing came of a content for so long that it was taken for left behind; give it out again.',
  );
}

function statements(place: string) {
  const dropped = `DELETE FROM ${place}.chunks WHERE content = ANY(ARRAY(SELECT content FROM gone))`;
  return {
    begin: `INSERT INTO ${place}.contents(put_at) VALUES(clock_timestamp()) RETURNING content`,
    // A put is as young as its last piece: no collector takes it away that finds it half done.
    chunk: `
      WITH young AS (
        UPDATE ${place}.contents SET put_at = clock_timestamp() WHERE content = $1 RETURNING content
      )
      INSERT INTO ${place}.chunks(content, n, bytes) SELECT content, $2::int, $3::bytea FROM young
      RETURNING n`,
    publish: `
      WITH other AS (
        UPDATE ${place}.contents SET put_at = clock_timestamp() WHERE sha256 = $2::text RETURNING content
      ), mine AS (
        UPDATE ${place}.contents SET sha256 = $2, size = $3::bigint, put_at = clock_timestamp()
        WHERE content = $1 AND NOT EXISTS(SELECT 1 FROM other) RETURNING content
      )
      SELECT content FROM other UNION ALL SELECT content FROM mine`,
    drop: `
      WITH gone AS (
        DELETE FROM ${place}.contents WHERE content = $1 AND sha256 IS NULL RETURNING content
      ) ${dropped}`,
    find: `SELECT content, size FROM ${place}.contents WHERE sha256 = ANY($1::text[])`,
    bytes: `
      SELECT substring(bytes FROM $3::int FOR $4::int) AS bytes FROM ${place}.chunks
      WHERE content = $1 AND n = $2`,
    before: `SELECT (clock_timestamp() - $1::float8 * interval '1 millisecond')::text AS before`,
    dropUnfinished: `
      WITH gone AS (
        DELETE FROM ${place}.contents WHERE sha256 IS NULL AND put_at < $1::timestamptz RETURNING content
      ) ${dropped}`,
    old: `
      SELECT content, size, sha256 FROM ${place}.contents
      WHERE put_at < $1::timestamptz AND content > $2 AND sha256 IS NOT NULL
      ORDER BY content LIMIT $3`,
    collect: `
      WITH gone AS (
        DELETE FROM ${place}.contents WHERE content = ANY($1::bigint[]) AND put_at < $2::timestamptz
        RETURNING content, size
      ), chunks AS (${dropped})
      SELECT content, size FROM gone`,
  };
}
