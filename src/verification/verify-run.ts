import { createHash } from 'node:crypto';
import { type RunSnapshot, snapshotJson } from '../machines/index.ts';
import type { EventPage, RunRecord, Stores } from '../stores/index.ts';
import { checkCheckpoints } from './check-checkpoints.ts';
import { checkLineage } from './check-lineage.ts';
import { checkOutputs, checkToldOutput } from './check-outputs.ts';
import { type ChainCheck, type ChainReport, createChainCheck } from './check-chain.ts';
import { createFindings, type Findings } from './findings.ts';
import { type Gone, goneOnce } from './gone.ts';
import { readable } from './readable.ts';
import { createRefold, readSnapshot, type Refold } from './refold.ts';
import { createTold, type Told } from './told.ts';

export interface VerifyOptions {
  /** Reads the contents of outputs that are files, all of them. Default: only asks for their size. */
  readonly blobs?: boolean;
  /** Checks the chains of hashes of runs that have one. Default false. */
  readonly chain?: boolean;
}

/** What is said about one run after looking at everything that is stored of it. */
export interface Verification {
  readonly runId: string;
  readonly ok: boolean;
  /** The `seq` up to which the log was folded. */
  readonly events: number;
  /** One sentence each, which names the run and says what to do; empty when all is well. */
  readonly problems: readonly string[];
  /** What one may want to know and is no problem, such as a parent that was pruned. */
  readonly notes: readonly string[];
  /**
   * sha256, in hex, of the canonical JSON of the snapshot that the log folds to: the same in two stores
   * that have the same run. null when there is nothing to fold.
   */
  readonly sha256: string | null;
  /** What is to be said of the chain; null when it was not asked for. */
  readonly chain: ChainReport | null;
}

export type VerifiedStores = Pick<Stores, 'events' | 'outputs' | 'checkpoints' | 'blobs'>;

const PAGE_EVENTS = 1000;

/** Heads are cut while a log is read: that it happens again and again is not expected. */
const MAX_TRIES = 3;

/**
 * Looks at all that is stored of a run: folds the log again, and compares with the record and its snapshot;
 * then outputs, their contents, checkpoints, and the runs that it comes from or that come from it. Reads
 * pages, and keeps only ids of them. What is recorded while it reads is left for the next time.
 */
export async function verifyRun(
  stores: VerifiedStores,
  record: RunRecord,
  options: VerifyOptions = {},
  gone: Gone = goneOnce(stores.events),
): Promise<Verification> {
  for (let triesLeft = MAX_TRIES; ; triesLeft -= 1) {
    const { verification, firstSeq } = await verifyOnce(stores, record, options, gone);
    if (verification.ok || triesLeft === 1) return verification;
    // A head that is cut between two pages looks like a gap.
    const now = await readable(() => stores.events.read(record.runId, { limit: 0 }));
    if (!now.ok || now.value.firstSeq === firstSeq) return verification;
  }
}

async function verifyOnce(
  stores: VerifiedStores,
  record: RunRecord,
  { blobs = false, chain = false }: VerifyOptions,
  gone: Gone,
): Promise<{ readonly verification: Verification; readonly firstSeq: number }> {
  const findings = createFindings(record.runId);
  const told = createTold();
  const chainCheck = chain ? createChainCheck(record.runId, findings) : undefined;
  const read = await refold(stores, record, { told, chainCheck, findings });
  const { snapshot } = read;
  if (snapshot !== undefined) {
    const { lastAttempt } = read;
    const isCut = read.firstSeq > 1;
    await checkOutputs(stores, { snapshot, lastAttempt, told, isCut, gone, blobs }, findings);
    await checkCheckpoints(stores.checkpoints, record, told, findings);
    await checkLineage(stores, { snapshot, told, isCut, gone }, findings);
  }
  const chainReport = chainCheck?.end() ?? null;
  const { problems, notes } = findings;
  const verification = {
    runId: record.runId,
    ok: problems.length === 0,
    events: read.events,
    problems,
    notes,
    sha256:
      snapshot === undefined
        ? null
        : createHash('sha256').update(snapshotJson(snapshot)).digest('hex'),
    chain: chainReport,
  };
  return { verification, firstSeq: read.firstSeq };
}

interface Read {
  readonly snapshot: RunSnapshot | undefined;
  readonly events: number;
  readonly lastAttempt: number;
  /** Of the first page: above 1 when the head of the log was cut. */
  readonly firstSeq: number;
}

interface Reading {
  readonly told: Told;
  readonly chainCheck: ChainCheck | undefined;
  readonly findings: Findings;
}

async function refold(
  stores: VerifiedStores,
  record: RunRecord,
  { told, chainCheck, findings }: Reading,
): Promise<Read> {
  let fold: Refold | undefined;
  let events = 0;
  let firstSeq: number | undefined;
  while (events < record.lastSeq) {
    const limit = Math.min(PAGE_EVENTS, record.lastSeq - events);
    const page = await readable(() =>
      stores.events.read(record.runId, {
        afterSeq: events,
        limit,
        chain: chainCheck !== undefined,
      }),
    );
    if (!page.ok) {
      findings.problem(`its log cannot be read after seq ${events}: ${page.why}`);
      break;
    }
    firstSeq ??= page.value.firstSeq;
    fold ??= begin(record, page.value, findings);
    chainCheck?.add(page.value);
    for (const stored of page.value.events) {
      const output = told.add(fold.add(stored));
      if (output === undefined) continue;
      await checkToldOutput(stores, record.runId, output, fold.lastAttempt, findings);
    }
    if (page.value.nextAfterSeq === events) break;
    events = page.value.nextAfterSeq;
  }
  fold ??= createRefold(record, undefined, findings);
  fold.end();
  return {
    snapshot: fold.snapshot,
    events,
    lastAttempt: fold.lastAttempt,
    firstSeq: firstSeq ?? 1,
  };
}

function begin(record: RunRecord, { base }: EventPage, findings: Findings): Refold {
  const snapshot = base === null ? undefined : readSnapshot(base);
  if (base !== null && snapshot === undefined) {
    findings.problem('the snapshot that its cut log builds on is no JSON');
  }
  return createRefold(record, snapshot, findings);
}
