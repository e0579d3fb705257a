import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobStore, ByteRange } from '../../stores/index.ts';
import { fill, ODD_STRINGS, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const NOBODY = async (): Promise<ReadonlySet<string>> => new Set();
const AN_HOUR = { olderThanMs: 3_600_000 };
/** Put before a nap is older than this, put after it is not. */
const NAP_MS = 60;
const SINCE_NAP = { olderThanMs: 20 };

async function* chunksOf(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function digestOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

async function bytesOf(blobs: BlobStore, sha256: string, range?: ByteRange): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.read(sha256, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** How many contents there are, used or not. */
async function countOf(blobs: BlobStore): Promise<number> {
  await sleep(NAP_MS);
  return (await blobs.collect(NOBODY, { ...SINCE_NAP, dryRun: true })).blobs;
}

const putCases: readonly StoreCase[] = [
  {
    name: 'a content of any size and in any chunks comes back byte for byte, under its digest',
    run: async ({ shared }) => {
      const { blobs } = await shared();
      const big = Buffer.alloc(3_000_000, 'runs and runs ');
      const contents: readonly (readonly (Uint8Array | string)[])[] = [
        [],
        [''],
        ['a'],
        ['naïve 🏃 ', '日本\u0000', '', '\n'],
        [new Uint8Array([0, 255, 128, 10, 13])],
        [big.subarray(0, 65_537), big.subarray(65_537)],
        [Buffer.alloc(1024 * 1024)],
      ];
      for (const chunks of contents) {
        const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
        const ref = await blobs.put(chunksOf(...chunks));
        assert.deepEqual(ref, { sha256: digestOf(whole), size: whole.length });
        assert.ok(whole.equals(await bytesOf(blobs, ref.sha256)));
      }
    },
  },
  {
    name: 'a part of a content is the bytes of its range, and nothing beyond the end',
    run: async ({ shared }) => {
      const { blobs } = await shared();
      const whole = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
      const { sha256 } = await blobs.put(chunksOf(whole));
      const ranges = [
        { start: 0, end: 1 },
        { start: 65_535, end: 65_537 },
        { start: 199_000, end: 300_000 },
        { start: 300_000, end: 300_001 },
        { start: 7, end: 7 },
      ];
      for (const range of ranges) {
        const part = await bytesOf(blobs, sha256, range);
        assert.ok(part.equals(whole.subarray(range.start, range.end)), JSON.stringify(range));
      }
      await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(digestOf('nothing'), { start: 0, end: 1 }));
    },
  },
  {
    name: 'the size of a content is answered without reading it, and that of no content is undefined',
    run: async ({ create }) => {
      const { blobs } = await create();
      for (const text of ['', 'naïve 🏃', 'x'.repeat(300_000)]) {
        assert.equal(await blobs.size(digestOf(text)), undefined);
        const { sha256, size } = await blobs.put(chunksOf(text));
        assert.equal(await blobs.size(sha256), size);
      }
      for (const odd of [...ODD_STRINGS, 'A'.repeat(64)]) {
        assert.equal(await blobs.size(odd), undefined);
      }
    },
  },
  {
    name: 'the same content again, and many times at once, is one content',
    run: async ({ create }) => {
      const { blobs } = await create();
      const put = () => blobs.put(chunksOf('the same ', 'content'));
      const first = await put();
      const more = await Promise.all(Array.from({ length: 20 }, put));
      for (const ref of more) assert.deepEqual(ref, first);
      assert.equal(await countOf(blobs), 1);
    },
  },
  {
    name: 'a content of just the limit is kept, a bigger one is OUTPUT_TOO_LARGE and keeps nothing',
    run: async ({ create }) => {
      const { blobs } = await create();
      const { sha256 } = await blobs.put(chunksOf('1234', '5678'), { maxBytes: 8 });
      assert.equal(String(await bytesOf(blobs, sha256)), '12345678');
      const tooLarge = blobs.put(chunksOf('1234', '56789'), { maxBytes: 8 });
      await rejectsWith('OUTPUT_TOO_LARGE', tooLarge);
      await rejectsWith('OUTPUT_TOO_LARGE', blobs.put(chunksOf('x'), { maxBytes: 0 }));
      await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(digestOf('123456789')));
      assert.equal(await countOf(blobs), 1);
    },
  },
  {
    name: 'a content without end is read no further than the limit, and told to stop',
    run: async ({ shared }) => {
      const { blobs } = await shared();
      let [read, stopped] = [0, false];
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield Buffer.alloc((read += 1) > 0 ? 100 : 0);
        } finally {
          stopped = true;
        }
      };
      await rejectsWith('OUTPUT_TOO_LARGE', blobs.put(endless(), { maxBytes: 1_000 }));
      assert.deepEqual([read, stopped], [11, true]);
    },
  },
  {
    name: 'what the content throws is passed on as it is, and nothing is kept',
    run: async ({ create }) => {
      const { blobs } = await create();
      const broken = new Error('the source broke');
      const breaking = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half of it');
        throw broken;
      };
      await assert.rejects(blobs.put(breaking()), (error) => error === broken);
      assert.equal(await countOf(blobs), 0);
    },
  },
  {
    name: 'neither a source nor a reader that changes its bytes later changes the content',
    run: async ({ shared }) => {
      const { blobs } = await shared();
      const reused = Buffer.alloc(4);
      const reusing = async function* (): AsyncGenerator<Uint8Array> {
        for (const text of ['abcd', 'efgh']) {
          reused.write(text);
          yield reused;
        }
      };
      const { sha256 } = await blobs.put(reusing());
      for await (const chunk of await blobs.read(sha256)) chunk.fill(0);
      assert.equal(String(await bytesOf(blobs, sha256)), 'abcdefgh');
    },
  },
];

const readCases: readonly StoreCase[] = [
  {
    name: 'what was never put, and what is no digest, is OUTPUT_NOT_FOUND',
    run: async ({ create }) => {
      const { blobs } = await create();
      const { sha256 } = await blobs.put(chunksOf('a'));
      const unknown = digestOf('b');
      const error = await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(unknown));
      assert.match(error.message, new RegExp(unknown));
      const odd = [
        sha256.toUpperCase(),
        `${sha256}/`,
        `./${sha256}`,
        sha256.slice(1),
        `${sha256}\n`,
      ];
      for (const text of [...odd, ...ODD_STRINGS, '../'.repeat(21), `../${sha256.slice(3)}`]) {
        await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(text));
      }
    },
  },
  {
    name: 'a content can be read twice, by two at once, and only in part',
    run: async ({ shared }) => {
      const { blobs } = await shared();
      const { sha256 } = await blobs.put(chunksOf(Buffer.alloc(1_000_000, 'x')));
      const content = await blobs.read(sha256);
      for await (const chunk of content) {
        assert.ok(chunk.length > 0);
        break;
      }
      const sizes = [0, 0].map(async () => {
        let size = 0;
        for await (const chunk of content) size += chunk.length;
        return size;
      });
      assert.deepEqual(await Promise.all(sizes), [1_000_000, 1_000_000]);
    },
  },
  {
    name: 'contents outlive closing and opening; closed stores refuse',
    run: async ({ create }) => {
      const stores = await create();
      const { sha256 } = await stores.blobs.put(chunksOf('kept'));
      await stores.close();
      await rejectsWith('STORE_CLOSED', stores.blobs.put(chunksOf('kept')));
      await rejectsWith('STORE_CLOSED', stores.blobs.read(sha256));
      await rejectsWith('STORE_CLOSED', stores.blobs.collect(NOBODY, AN_HOUR));
      await stores.open();
      assert.equal(String(await bytesOf(stores.blobs, sha256)), 'kept');
    },
  },
];

const collectCases: readonly StoreCase[] = [
  {
    name: 'what nobody uses is deleted and counted, what is used or young stays',
    run: async ({ create }) => {
      const { blobs } = await create();
      const [used, unused, other] = await Promise.all(
        ['used', 'unused', 'not used either'].map((text) => blobs.put(chunksOf(text))),
      );
      assert.ok(used && unused && other);
      const isUsed = async () => new Set([used.sha256]);
      assert.deepEqual(await blobs.collect(isUsed, AN_HOUR), { blobs: 0, bytes: 0 });
      await sleep(NAP_MS);
      const garbage = { blobs: 2, bytes: unused.size + other.size };
      assert.deepEqual(await blobs.collect(isUsed, { ...SINCE_NAP, dryRun: true }), garbage);
      assert.equal(String(await bytesOf(blobs, unused.sha256)), 'unused');
      assert.deepEqual(await blobs.collect(isUsed, SINCE_NAP), garbage);
      assert.deepEqual(await blobs.collect(isUsed, SINCE_NAP), { blobs: 0, bytes: 0 });
      await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(unused.sha256));
      assert.equal(String(await bytesOf(blobs, used.sha256)), 'used');
      assert.deepEqual(await blobs.put(chunksOf('unused')), unused);
      assert.equal(String(await bytesOf(blobs, unused.sha256)), 'unused');
    },
  },
  {
    name: 'it is asked about old contents only, and about more than a page of them',
    isSlow: true,
    run: async ({ create }) => {
      const { blobs } = await create();
      const refs = await Promise.all(
        Array.from({ length: 1_100 }, (_, i) => blobs.put(chunksOf(`content ${i}`))),
      );
      const asked: string[] = [];
      const isUsed = async (sha256s: readonly string[]) => {
        asked.push(...sha256s);
        return new Set(sha256s.slice(1));
      };
      await blobs.collect(isUsed, AN_HOUR);
      assert.deepEqual(asked, []);
      await sleep(NAP_MS);
      const { blobs: deleted } = await blobs.collect(isUsed, SINCE_NAP);
      assert.deepEqual(new Set(asked), new Set(refs.map(({ sha256 }) => sha256)));
      assert.equal(asked.length, refs.length);
      assert.ok(deleted >= 1 && deleted < 10);
    },
  },
  {
    name: 'a content that is put again while it is looked whether anybody uses it stays',
    run: async ({ create }) => {
      const { blobs } = await create();
      const { sha256 } = await blobs.put(chunksOf('again'));
      await sleep(NAP_MS);
      const isUsed = async () => {
        await blobs.put(chunksOf('again'));
        return new Set<string>();
      };
      assert.deepEqual(await blobs.collect(isUsed, SINCE_NAP), { blobs: 0, bytes: 0 });
      assert.equal(String(await bytesOf(blobs, sha256)), 'again');
    },
  },
  {
    name: 'where nothing was ever put there is nothing to collect',
    run: async ({ create }) => {
      const { blobs } = await create();
      const asked: (readonly string[])[] = [];
      const isUsed = async (sha256s: readonly string[]) => {
        asked.push(sha256s);
        return new Set<string>();
      };
      assert.deepEqual(await blobs.collect(isUsed, AN_HOUR), { blobs: 0, bytes: 0 });
      assert.deepEqual(asked.flat(), []);
    },
  },
  {
    name: 'contents that the records of outputs refer to are the used ones, until their runs are forgotten',
    run: async ({ create }) => {
      const stores = await create();
      const { blobs, outputs, events } = stores;
      await fill(events, 'run_2', 1);
      const [kept, gone] = await Promise.all([blobs.put(chunksOf('a')), blobs.put(chunksOf('b'))]);
      const file = (ref: typeof kept) => ({ kind: 'file', path: 'p', ...ref }) as const;
      await outputs.append(outputOf('out_1', { event: { type: 'partial', chunk: file(kept) } }));
      await outputs.append(
        outputOf('out_2', { runId: 'run_2', event: { type: 'partial', chunk: file(gone) } }),
      );
      await sleep(NAP_MS);
      const collect = () => blobs.collect((ids) => outputs.usedBlobs(ids), SINCE_NAP);
      assert.equal((await collect()).blobs, 0);
      assert.deepEqual(await stores.forget(['run_2']), ['run_2']);
      assert.equal((await collect()).blobs, 1);
      assert.equal(String(await bytesOf(blobs, kept.sha256)), 'a');
      await rejectsWith('OUTPUT_NOT_FOUND', blobs.read(gone.sha256));
    },
  },
];

/** Every sentence of the contract of the blob store. */
export const blobStoreCases: readonly StoreCase[] = [...putCases, ...readCases, ...collectCases];
