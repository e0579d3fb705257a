import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BlobFolders, namesIn, syncFolder } from './blob-folders.ts';
import { unlessMissing } from './fs-error.ts';

/** Digests asked about at once. */
const PAGE = 500;
const DIGEST_LENGTH = 64;
/** Clocks of machines that share a directory may differ by so much, in milliseconds. */
const DECIDED_AFTER_MS = 10 * 60 * 1000;

interface Candidate {
  readonly sha256: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly isOld: boolean;
}

export interface CollectOptions {
  readonly isUsed: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly olderThanMs: number;
  readonly dryRun: boolean;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

interface Times {
  /** What is younger may be about to be used, by the clock of the disk. */
  readonly bornBefore: number;
  /** Now, by the clock of the disk. */
  readonly nowMs: number;
  readonly clock: () => number;
}

export interface Collected {
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Deletes contents that nobody uses.
 *
 * Between asking whether a content is used and deleting it, another process may put it again and record
 * an output of it. So nothing is deleted under its name: the file is first renamed into the grave, by
 * which it is this collector's alone, and its age is looked at there. A put always brings a file of its
 * own, as young as the put. If that is the one in the grave, its age shows it, and it is renamed back;
 * if it came after the rename, it stands under its name and is not touched. A reader that comes meanwhile
 * looks into the grave too. A collector that dies leaves its graves to the next one, which does the
 * same with them: two never decide about the same file.
 */
export async function collectBlobs(
  folders: BlobFolders,
  { isUsed, olderThanMs, dryRun, clock }: CollectOptions,
): Promise<Collected> {
  if ((await namesIn(folders.directory)).length === 0) return { blobs: 0, bytes: 0 };
  const nowMs = await diskTime(folders);
  const bornBefore = nowMs - olderThanMs;
  if (!dryRun) {
    await clearTmp(folders, bornBefore);
    await mkdir(folders.grave, { recursive: true });
  }
  const times: Times = { bornBefore, nowMs, clock };
  let [blobs, bytes] = [0, 0];
  for await (const page of candidates(folders, times)) {
    if (page.length === 0) continue;
    const used = await isUsed([...new Set(page.map(({ sha256 }) => sha256))]);
    const judge = async (candidate: Candidate): Promise<number | undefined> => {
      const isGarbage = candidate.isOld && !used.has(candidate.sha256);
      const isGone = dryRun ? isGarbage : await settle(folders, candidate, isGarbage, times);
      return isGone ? candidate.size : undefined;
    };
    const sizes = (await Promise.all(page.map(judge))).filter((size) => size !== undefined);
    blobs += sizes.length;
    bytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return { blobs, bytes };
}

/** The time by the clock that stamps the files, in epoch milliseconds: on a network it is not ours. */
async function diskTime({ tmp }: BlobFolders): Promise<number> {
  const probe = join(tmp, randomUUID());
  await mkdir(tmp, { recursive: true });
  await writeFile(probe, '', { flag: 'wx' });
  const { mtimeMs } = await stat(probe);
  await rm(probe, { force: true });
  return mtimeMs;
}

/** A file is written to until it has its name: one that is old belongs to nobody who lives. */
async function clearTmp(folders: BlobFolders, bornBefore: number): Promise<void> {
  for (const name of await namesIn(folders.tmp)) {
    const path = join(folders.tmp, name);
    const found = await unlessMissing(() => stat(path));
    if (found !== undefined && found.mtimeMs < bornBefore) await rm(path, { force: true });
  }
}

/** Old contents, and all that collectors before have left in the grave, in pages. */
async function* candidates(
  folders: BlobFolders,
  { bornBefore, clock }: Times,
): AsyncGenerator<readonly Candidate[]> {
  const look = async (sha256: string, path: string): Promise<Candidate | undefined> => {
    const found = await unlessMissing(() => stat(path));
    return found && { sha256, path, size: found.size, isOld: found.mtimeMs < bornBefore };
  };
  const isThere = (found: Candidate | undefined): found is Candidate => found !== undefined;
  const graves = (await folders.graves()).filter((path) => isLeft(path, clock()));
  const left = await Promise.all(
    graves.map((path) => look(basename(path).slice(0, DIGEST_LENGTH), path)),
  );
  if (left.length > 0) yield left.filter(isThere);
  const pageOf = async (sha256s: readonly string[]): Promise<readonly Candidate[]> => {
    const all = await Promise.all(sha256s.map((sha256) => look(sha256, folders.pathOf(sha256))));
    return all.filter(isThere).filter(({ isOld }) => isOld);
  };
  let sha256s: string[] = [];
  for await (const sha256 of folders.digests()) {
    sha256s.push(sha256);
    if (sha256s.length < PAGE) continue;
    yield await pageOf(sha256s);
    sha256s = [];
  }
  yield await pageOf(sha256s);
}

/** Answers true when the file was deleted. What is in the grave and no garbage goes back. */
async function settle(
  folders: BlobFolders,
  { sha256, path }: Candidate,
  isGarbage: boolean,
  { bornBefore, nowMs, clock }: Times,
): Promise<boolean> {
  const name = folders.pathOf(sha256);
  if (!isGarbage && path === name) return false;
  const back = async (from: string): Promise<void> => {
    const { mtimeMs } = await stat(from);
    // It may replace a file that was put meanwhile, and then has to be as young as that one.
    const young = new Date(Math.max(mtimeMs, nowMs));
    await utimes(from, young, young);
    const shard = await folders.makeShard(sha256);
    await rename(from, name);
    await syncFolder(shard);
  };
  // Whatever is missing from here on somebody else has taken, and decides about.
  const isGone = await unlessMissing(async () => {
    if (!isGarbage) {
      await back(path);
      return false;
    }
    const grave = join(folders.grave, graveName(sha256, clock()));
    await rename(path, grave);
    const isYoung = (await stat(grave)).mtimeMs >= bornBefore;
    await (isYoung ? back(grave) : rm(grave));
    return !isYoung;
  });
  return isGone ?? false;
}

/** `digest.time.chance`: whose, and since when it lies there, by the clock of the collector. */
function graveName(sha256: string, nowMs: number): string {
  return `${sha256}.${nowMs}.${randomUUID()}`;
}

/** True for a grave whose collector has died: one that lives decides within moments. */
function isLeft(path: string, nowMs: number): boolean {
  const since = Number(basename(path).split('.')[1]);
  return !(since > nowMs - DECIDED_AFTER_MS);
}
