import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import type { Commit, CommitOutcome, CommitRefusal } from '../event-store.ts';
import { chainHashes, chainStart } from '../hash-chain.ts';
import type { Connection } from './connection.ts';
import { readEvents } from './event-reader.ts';
import type { Draft } from './journal.ts';
import type { StoredMessage } from './journal-reader.ts';
import { isKnownCreation, isKnownKey, markOfMessage, markText } from './key-marks.ts';
import { finishForgetting } from './retention.ts';
import { bodyText, headOf, headText, isGone, type RunHead, tupleOf } from './run-message.ts';
import { storeError } from './store-error.ts';

/** What a decision is made on. */
interface Known {
  readonly head: RunHead | undefined;
  /** The sequence of the last message of the run's subject. */
  readonly seq: number;
  /** The last message under the key of the commit; undefined: none, as far as is known. */
  readonly mark: StoredMessage | undefined;
  /** The run that `mark` belongs to, when it is that of a creation. */
  readonly marked?: RunHead | undefined;
  readonly source: RunHead | undefined;
  /** It was asked for, and not taken from the index. */
  readonly isFresh: boolean;
}

/** Waits before a commit is tried again that was refused though nothing had changed: its run is being written to. */
const PAUSE_MS = 2;

/** Decides and stores one commit. MUST NOT run at once with another one of the same run, key or source. */
export async function writeCommit(connection: Connection, commit: Commit): Promise<CommitOutcome> {
  const { heads, settings } = connection;
  const { run } = commit;
  const isInDoubt = heads.isInDoubt(run.runId);
  let known = isInDoubt ? await look(connection, commit) : fromIndex(connection, commit);
  for (const endMs = performance.now() + settings.busyLimitMs; ;) {
    const outcome = await decide(connection, commit, known);
    if (outcome !== 'unknown' && outcome !== 'try') return outcome;
    if (outcome === 'try') {
      const written = await store(connection, commit, known);
      if (written) return { kind: 'stored' };
    }
    if (performance.now() > endMs) {
      throw new RunchartError(
        'STORE_BUSY',
        `Run ${run.runId} is written to by others all the time; try again.`,
      );
    }
    const before = known;
    known = await look(connection, commit);
    if (before.isFresh && isSame(before, known)) await sleep(PAUSE_MS);
  }
}

function isSame(a: Known, b: Known): boolean {
  return a.seq === b.seq && a.mark?.seq === b.mark?.seq && a.source?.seq === b.source?.seq;
}

/** The names of what a commit must have for itself. */
export function namesOf({ run, expectedSeq, idempotencyKey }: Commit): readonly string[] {
  const names = [`run ${run.runId}`];
  if (expectedSeq > 0) return names;
  if (idempotencyKey !== undefined) names.push(`key ${idempotencyKey}`);
  if (run.forkedFrom !== null) names.push(`run ${run.forkedFrom}`);
  return names;
}

function fromIndex({ index }: Connection, { run, expectedSeq }: Commit): Known {
  const head = index.get(run.runId);
  const hasSource = expectedSeq === 0 && run.forkedFrom !== null;
  const source = hasSource ? index.get(run.forkedFrom) : undefined;
  return { head, seq: head?.seq ?? 0, mark: undefined, source, isFresh: false };
}

/**
 * What is so at this moment. The run first, then the key: a key that was recorded in between is found, and one that
 * is not found had recorded nothing when the run was looked at.
 */
async function look(connection: Connection, commit: Commit): Promise<Known> {
  const { run, expectedSeq, idempotencyKey: key } = commit;
  const { heads, journal, subjects } = connection;
  let fresh = await heads.fresh(connection, run.runId);
  if (fresh.gone !== undefined && expectedSeq === 0) {
    await finishForgetting(connection, fresh.gone);
    fresh = await heads.fresh(connection, run.runId);
  }
  const { head, seq } = fresh;
  const hasSource = expectedSeq === 0 && run.forkedFrom !== null;
  const source = hasSource ? (await heads.fresh(connection, run.forkedFrom)).head : undefined;
  if (key === undefined) return { head, seq, mark: undefined, source, isFresh: true };
  if (expectedSeq > 0) {
    const mark = await journal.last(subjects.key(run.runId, key));
    return { head, seq, mark, source, isFresh: true };
  }
  const mark = await journal.last(subjects.creation(key));
  const owner = mark && markOfMessage(mark).runId;
  const marked = owner === undefined ? undefined : (await heads.fresh(connection, owner)).head;
  return { head, seq, mark, marked, source, isFresh: true };
}

async function decide(
  connection: Connection,
  commit: Commit,
  known: Known,
): Promise<CommitOutcome | 'try' | 'unknown'> {
  const earlier = await repeat(connection, commit, known);
  if (earlier !== undefined) return earlier;
  const code = refusal(commit, known);
  if (code === undefined) return 'try';
  return known.isFresh ? { kind: 'refused', code } : 'unknown';
}

async function repeat(
  connection: Connection,
  { expectedSeq }: Commit,
  { head, mark, marked }: Known,
): Promise<CommitOutcome | undefined> {
  if (mark === undefined) return undefined;
  const { first, last, runId } = markOfMessage(mark);
  if (expectedSeq > 0) {
    if (head === undefined || !isKnownKey(mark, head)) return undefined;
    return { kind: 'repeat', runId, events: await readEvents(connection, head, first, last) };
  }
  if (marked === undefined || !isKnownCreation(mark, marked)) return undefined;
  // The rest of the creation may still come, when the run is being imported.
  const through = marked.cutSeq > 0 ? 0 : Math.min(last, marked.run.lastSeq);
  const events = await readEvents(connection, marked, first, through);
  return { kind: 'repeat', runId, events };
}

function refusal(
  { run, expectedSeq, expectedEpoch }: Commit,
  { head, source }: Known,
): CommitRefusal | undefined {
  if (expectedSeq === 0) {
    if (head !== undefined) return 'RUN_EXISTS';
    return run.forkedFrom !== null && source === undefined ? 'RUN_NOT_FOUND' : undefined;
  }
  if (head === undefined) return 'RUN_NOT_FOUND';
  if (expectedEpoch !== undefined && expectedEpoch !== head.run.epoch) return 'OWNER_FENCED';
  return expectedSeq === head.run.lastSeq ? undefined : 'SEQ_CONFLICT';
}

/** Answers false when something is not as it was known. */
async function store(connection: Connection, commit: Commit, known: Known): Promise<boolean> {
  const { group, feed, heads } = connection;
  const { text, drafts } = draftsOf(connection, commit, known);
  try {
    const written = await group.write(drafts);
    if (written.kind === 'conflict') {
      // The word of one server is the last one only where there are no others: see Written.
      if (!written.isSettled && connection.isClustered) heads.doubt(commit.run.runId, known.seq);
      return false;
    }
    const head = headOf(text, written.seqs[0] ?? 0);
    if (head !== undefined && !isGone(head)) feed.applyOwn(head);
    return true;
  } catch (error) {
    heads.doubt(commit.run.runId, known.seq);
    feed.rewind(known.seq);
    throw storeError(error, `Writing to run ${commit.run.runId}`);
  }
}

/** The commit as messages: the run's own, one for its key, one that keeps the source of a fork from going. */
function draftsOf(
  { subjects, settings }: Connection,
  { run, events, expectedSeq, idempotencyKey }: Commit,
  { head, seq, mark, source }: Known,
): { readonly text: string; readonly drafts: readonly Draft[] } {
  const { snapshot, ...facts } = run;
  const isNew = expectedSeq === 0;
  const key = idempotencyKey ?? null;
  const before = isNew ? (settings.chain ? chainStart(run.runId) : null) : (head?.hash ?? null);
  const hashes = chainHashes(before, events);
  const first = expectedSeq + 1;
  const last = expectedSeq + events.length;
  const text = headText({
    run: head === undefined ? facts : { ...facts, ...fixedOf(head) },
    position: head?.position ?? 0,
    cutSeq: head?.cutSeq ?? 0,
    hash: hashes?.at(-1) ?? before,
    first,
  });
  const body = bodyText({
    snapshot,
    events: events.map(tupleOf),
    key: isNew ? null : key,
    hashes,
    ...(isNew && { created: { key, throughSeq: last } }),
  });
  const partsSubject = subjects.parts(run.runId);
  const drafts: Draft[] = [
    { subject: subjects.run(run.runId), head: text, body, expect: { seq }, partsSubject },
  ];
  if (key !== null) {
    const subject = isNew ? subjects.creation(key) : subjects.key(run.runId, key);
    const body = markText({ runId: run.runId, first, last });
    drafts.push({ subject, body, expect: { seq: mark?.seq ?? 0 } });
  }
  if (isNew && source !== undefined) {
    // The source may not change in the same moment: `forget` changes it first.
    const expect = { seq: source.seq, subject: subjects.run(source.run.runId) };
    drafts.push({ subject: subjects.forks(source.run.runId), body: run.runId, expect });
  }
  return { text, drafts };
}

/** What the creation of a run has fixed. */
export function fixedOf({ run }: RunHead): Partial<RunHead['run']> {
  const { sessionId, definition, parentRunId, forkedFrom, createdAtMs } = run;
  return { sessionId, definition, parentRunId, forkedFrom, createdAtMs };
}
