import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { appendFile, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isRunchartError } from '../../src/errors.ts';
import { filesystemBlobs } from '../../src/stores/filesystem/index.ts';
import type { BlobStore } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { openFor, temporaryDirectory, temporaryFile } from './backends.ts';
import { startChild } from './children.ts';

const NOBODY = async (): Promise<ReadonlySet<string>> => new Set();
const AN_HOUR = { olderThanMs: 3_600_000 };

async function* once(content: Uint8Array | string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

async function bytesOf(blobs: BlobStore, sha256: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.read(sha256)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const digestOf = (content: Uint8Array | string): string =>
  createHash('sha256').update(content).digest('hex');

const pathOf = (directory: string, sha256: string): string =>
  join(directory, 'sha256', sha256.slice(0, 2), sha256);

/** Every file below a directory. */
function filesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.map((name) => join(directory, name)).filter((path) => statSync(path).isFile());
}

/** Makes a file two hours old. */
function age(path: string): void {
  const then = new Date(Date.now() - 2 * AN_HOUR.olderThanMs);
  utimesSync(path, then, then);
}

async function withOne(content = 'some content') {
  const directory = join(await temporaryDirectory(), 'blobs');
  const blobs = filesystemBlobs(directory);
  const { sha256 } = await blobs.put(once(content));
  return { directory, blobs, sha256, path: pathOf(directory, sha256) };
}

describe('contents as files', () => {
  it('are kept under their digest beside the database, from the first one on', async () => {
    const file = await temporaryFile();
    const { blobs } = await openFor(sqlite(file, { writer: 'inline' }));
    await blobs.collect(NOBODY, AN_HOUR);
    expect(existsSync(`${file}-blobs`)).toBe(false);
    const { sha256 } = await blobs.put(once('x'));
    expect(filesIn(`${file}-blobs`)).toEqual([pathOf(`${file}-blobs`, sha256)]);
    const other = await openFor(sqlite(file, { writer: 'inline' }));
    expect(String(await bytesOf(other.blobs, sha256))).toBe('x');
  });

  it('that are damaged are told as such, with digest and file, and healed by putting them again', async () => {
    const damages: Readonly<Record<string, (path: string, bytes: Buffer) => Promise<void>>> = {
      'one bit': async (path, bytes) => {
        bytes.writeUInt8((bytes[100_000] ?? 0) ^ 1, 100_000);
        await writeFile(path, bytes);
      },
      'cut short': (path) => truncate(path, 299_999),
      'cut to nothing': (path) => truncate(path, 0),
      'one byte more': (path) => appendFile(path, 'x'),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const content = Buffer.alloc(300_000, name);
      const { blobs, sha256, path } = await withOne(String(content));
      await damage(path, await readFile(path));
      const error: unknown = await bytesOf(blobs, sha256).catch((reason: unknown) => reason);
      expect(isRunchartError(error, 'BLOB_CORRUPT')).toBe(true);
      expect((error as Error).message).toContain(sha256);
      expect((error as Error).message).toContain(path);
      await blobs.put(once(content));
      expect(content.equals(await bytesOf(blobs, sha256))).toBe(true);
    }
  });

  it('leave nothing behind when they are refused, and no text of a caller becomes a path', async () => {
    const { directory, blobs, sha256 } = await withOne();
    await blobs.put(once('too large'), { maxBytes: 3 }).catch(() => {});
    const before = filesIn(directory);
    expect(before).toHaveLength(1);
    const secret = join(directory, '..', 'secret');
    await writeFile(secret, 'secret');
    const shard = sha256.slice(0, 2);
    for (const text of ['../secret', `../../../secret`, secret, `${shard}/../../../secret`, '..']) {
      await expect(blobs.read(text)).rejects.toMatchObject({ code: 'OUTPUT_NOT_FOUND' });
    }
    expect(filesIn(directory)).toEqual(before);
  });

  it('that the disk has no room for are STORE_FULL and leave nothing', async () => {
    const directory = await temporaryDirectory();
    const child = fileURLToPath(new URL('./blob-child.ts', import.meta.url));
    // The shell's limit of a file, in KiB or half of that: the system refuses as it does without space.
    const command = `ulimit -f 64; exec "${process.execPath}" "${child}" once "${directory}" "$1"`;
    const put = (bytes: number): unknown => {
      const { stdout } = spawnSync('bash', ['-c', command, 'bash', String(bytes)]);
      return JSON.parse(String(stdout));
    };
    expect(put(500_000)).toEqual({ code: 'STORE_FULL' });
    expect(filesIn(directory)).toEqual([]);
    expect(put(1_000)).toMatchObject({ size: 1_000 });
  });

  it('cannot be kept where there is no folder to be made: STORE_FAILED', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const put = filesystemBlobs(join(file, 'blobs')).put(once('x'));
    await expect(put).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('collecting files', () => {
  it('removes what dead processes have left half written, and not what is young', async () => {
    const { directory, blobs, path } = await withOne();
    const [old, young] = [join(directory, 'tmp', 'old'), join(directory, 'tmp', 'young')];
    await Promise.all([writeFile(old, 'half'), writeFile(young, 'half')]);
    age(old);
    await blobs.collect(NOBODY, { ...AN_HOUR, dryRun: true });
    expect(existsSync(old)).toBe(true);
    expect(await blobs.collect(NOBODY, AN_HOUR)).toEqual({ blobs: 0, bytes: 0 });
    expect(filesIn(directory).toSorted()).toEqual([path, young].toSorted());
  });

  it('leaves files alone that are none of ours', async () => {
    const { directory, blobs, path } = await withOne();
    const strange = [join(directory, 'sha256', 'README'), join(path, '..', 'abc'), `${path}.bak`];
    for (const file of strange) {
      await writeFile(file, '');
      age(file);
    }
    age(path);
    expect(await blobs.collect(NOBODY, AN_HOUR)).toMatchObject({ blobs: 1 });
    expect(filesIn(directory).toSorted()).toEqual(strange.toSorted());
  });

  it('finishes what a collector that died had begun: used contents come back, others go', async () => {
    const { directory, blobs, sha256, path } = await withOne();
    const grave = join(directory, 'grave');
    mkdirSync(grave);
    const buried = join(grave, `${sha256}.of-the-dead`);
    age(path);
    await rename(path, buried);
    // Not lost meanwhile.
    expect(String(await bytesOf(blobs, sha256))).toBe('some content');
    const isUsed = async (sha256s: readonly string[]) => new Set(sha256s);
    expect(await blobs.collect(isUsed, AN_HOUR)).toEqual({ blobs: 0, bytes: 0 });
    expect(filesIn(directory)).toEqual([path]);
    age(path);
    await rename(path, buried);
    expect(await blobs.collect(NOBODY, AN_HOUR)).toMatchObject({ blobs: 1 });
    expect(filesIn(directory)).toEqual([]);
  });

  it('gives a young file back that it finds in the grave', async () => {
    const { directory, blobs, sha256, path } = await withOne();
    mkdirSync(join(directory, 'grave'));
    await rename(path, join(directory, 'grave', `${sha256}.of-the-dead`));
    expect(await blobs.collect(NOBODY, AN_HOUR)).toEqual({ blobs: 0, bytes: 0 });
    expect(filesIn(directory)).toEqual([path]);
  });

  it('by two at once deletes each content once', async () => {
    const directory = await temporaryDirectory();
    const collectors = [filesystemBlobs(directory), filesystemBlobs(directory)];
    const puts = Array.from({ length: 30 }, (_, i) =>
      collectors.map((blobs, n) => blobs.put(once(`content ${i} of ${n}`))),
    );
    const refs = await Promise.all(puts.flat());
    for (const path of filesIn(directory)) age(path);
    const done = await Promise.all(collectors.map((blobs) => blobs.collect(NOBODY, AN_HOUR)));
    expect(done.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(refs.length);
    expect(filesIn(directory)).toEqual([]);
  });
});

describe('processes that die', () => {
  it('leave every content whole that was acknowledged, and none in part under its name', async () => {
    const directory = await temporaryDirectory();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 25; round += 1) {
      const child = startChild('put', directory, `round ${round}`, 'blobs');
      await child.heard(1 + (round % 6));
      await sleep((round * 7) % 40);
      child.process.kill('SIGKILL');
      expect(await child.ended).toBe('SIGKILL');
      for (const fact of child.said) acknowledged.add((fact as { sha256: string }).sha256);
      const names = filesIn(join(directory, 'sha256'));
      for (const path of names) expect(digestOf(await readFile(path))).toBe(basename(path));
      const kept = new Set(names.map((path) => basename(path)));
      expect([...acknowledged].filter((sha256) => !kept.has(sha256))).toEqual([]);
    }
    const blobs = filesystemBlobs(directory);
    for (const sha256 of acknowledged) expect(digestOf(await bytesOf(blobs, sha256))).toBe(sha256);
    expect(acknowledged.size).toBeGreaterThan(25);
    for (const path of filesIn(join(directory, 'tmp'))) age(path);
    await blobs.collect(async (sha256s) => new Set(sha256s), AN_HOUR);
    expect(filesIn(join(directory, 'tmp'))).toEqual([]);
  }, 120_000);

  it('while they collect lose nothing that others put at the same time and use', async () => {
    const directory = join(await temporaryDirectory(), 'blobs');
    const marks = await temporaryDirectory();
    const blobs = filesystemBlobs(directory);
    const over = new AbortController();
    let [uses, deletions] = [0, 0];
    /** A content that is old and unused again and again, and then put and used. */
    const lane = async (content: string): Promise<void> => {
      const sha256 = digestOf(content);
      const mark = join(marks, sha256);
      const path = pathOf(directory, sha256);
      for (; !over.signal.aborted; uses += 1) {
        await rm(mark, { force: true });
        const then = new Date(Date.now() - AN_HOUR.olderThanMs);
        await utimes(path, then, then).catch(() => {});
        await sleep(uses % 4);
        if (!existsSync(path)) deletions += 1;
        await blobs.put(once(content));
        await writeFile(mark, '');
        for (let look = 0; look < 3; look += 1) {
          expect(String(await bytesOf(blobs, sha256))).toBe(content);
          await sleep(1);
        }
      }
    };
    const lanes = Promise.all(Array.from({ length: 8 }, (_, i) => lane(`content ${i}`)));
    const kill = async (): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        const collectors = [0, 1].map(() => startChild('collect', directory, marks, 'blobs'));
        await Promise.all(collectors.map((collector) => collector.heard(1)));
        await sleep(150 + round * 7);
        for (const collector of collectors) collector.process.kill('SIGKILL');
        await Promise.all(collectors.map(({ ended }) => ended));
      }
      over.abort();
    };
    await Promise.all([lanes, kill()]);
    expect(deletions).toBeGreaterThan(0);
    expect(uses).toBeGreaterThan(deletions);
  }, 120_000);
});
