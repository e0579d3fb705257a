import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import { checkImport, refuseImport } from '../check-import.ts';
import type { RunImport } from '../event-store.ts';
import { fixedOf } from './commit-writer.ts';
import type { Connection } from './connection.ts';
import type { CutBase } from './event-reader.ts';
import { inTurns } from './in-turns.ts';
import { type Draft, MAX_BATCH } from './journal.ts';
import type { StoredMessage } from './journal-reader.ts';
import { isKnownCreation, isKnownKey, markOfMessage, markText } from './key-marks.ts';
import { finishForgetting } from './retention.ts';
import type { FreshRun } from './run-heads.ts';
import { bodyText, headOf, headText, isGone, type RunHead, tupleOf } from './run-message.ts';
import { storeError } from './store-error.ts';

const PAUSE_MS = 2;

/** What a piece meets. */
interface Known {
  readonly fresh: FreshRun;
  readonly source: RunHead | undefined;
  /** The last message under the key of the creation. */
  readonly creation: StoredMessage | undefined;
  /** The last messages under the keys of the events. */
  readonly marks: ReadonlyMap<string, StoredMessage | undefined>;
}

/** The names of what a piece must have for itself. */
export function namesOfPiece({ run, first }: RunImport): readonly string[] {
  return [
    `run ${run.runId}`,
    ...(first?.key == null ? [] : [`key ${first.key}`]),
    ...(first === undefined || run.forkedFrom === null ? [] : [`run ${run.forkedFrom}`]),
  ];
}

/** Adds a piece of a run of another store. MUST NOT run at once with another write of the same names. */
export async function importPiece(connection: Connection, piece: RunImport): Promise<void> {
  checkImport(piece);
  const { journal, feed, heads, settings } = connection;
  const { runId } = piece.run;
  for (const endMs = performance.now() + settings.busyLimitMs; ;) {
    const known = await look(connection, piece);
    const { text, drafts } = draftsOf(connection, piece, known);
    try {
      const written = await journal.write(drafts);
      if (written.kind === 'stored') {
        const head = headOf(text, written.seqs[0] ?? 0);
        if (head !== undefined && !isGone(head)) feed.applyOwn(head);
        return;
      }
      if (!written.isSettled && connection.isClustered) heads.doubt(runId, known.fresh.seq);
    } catch (error) {
      heads.doubt(runId, known.fresh.seq);
      feed.rewind(known.fresh.seq);
      throw storeError(error, `Importing run ${runId}`);
    }
    if (performance.now() > endMs) {
      throw new RunchartError('STORE_BUSY', `Run ${runId} is written to all the time; try again.`);
    }
    await sleep(PAUSE_MS);
  }
}

/** Throws when the piece does not fit what is here. */
async function look(connection: Connection, piece: RunImport): Promise<Known> {
  const { heads, journal, subjects } = connection;
  const { run, first, events } = piece;
  let fresh = await heads.fresh(connection, run.runId);
  if (fresh.gone !== undefined && first !== undefined) {
    await finishForgetting(connection, fresh.gone);
    fresh = await heads.fresh(connection, run.runId);
  }
  const hasSource = first !== undefined && run.forkedFrom !== null;
  const source = hasSource ? (await heads.fresh(connection, run.forkedFrom)).head : undefined;
  const key = first?.key ?? null;
  const creation = key === null ? undefined : await journal.last(subjects.creation(key));
  const other = creation && markOfMessage(creation).runId;
  const marked = other === undefined ? undefined : (await heads.fresh(connection, other)).head;
  const isKnown = creation !== undefined && isKnownCreation(creation, marked);
  refuseImport(piece, {
    lastSeq: fresh.head?.run.lastSeq,
    isChained: fresh.head !== undefined && fresh.head.hash !== null,
    hasSource: () => source !== undefined,
    createdBy: () => (isKnown ? other : undefined),
  });
  const keys = [...new Set(events.flatMap((event) => event.key ?? []))];
  if (keys.length > MAX_BATCH / 2) {
    throw new RunchartError(
      'INPUT_INVALID',
      `A piece of run ${run.runId} has ${keys.length} keys; give at most ${MAX_BATCH / 2} with one piece.`,
    );
  }
  const marks = new Map<string, StoredMessage | undefined>();
  await inTurns(keys, async (one) => {
    marks.set(one, await journal.last(subjects.key(run.runId, one)));
  });
  return { fresh, source, creation, marks };
}

function draftsOf(
  { subjects }: Connection,
  piece: RunImport,
  { fresh, source, creation, marks }: Known,
): { readonly text: string; readonly drafts: readonly Draft[] } {
  const { run, first, events, expectedSeq } = piece;
  const { snapshot, ...facts } = run;
  const { head } = fresh;
  const { runId } = run;
  const firstSeq = first?.firstSeq ?? expectedSeq + 1;
  const created = first && { key: first.key, throughSeq: first.createdSeq };
  const text = headText({
    run: head === undefined ? facts : { ...facts, ...fixedOf(head) },
    position: head?.position ?? 0,
    cutSeq: head?.cutSeq ?? firstSeq - 1,
    hash: events.at(-1)?.hash ?? null,
    first: firstSeq,
  });
  const hashes = events.map(({ hash }) => hash);
  const body = bodyText({
    snapshot,
    events: events.map(tupleOf),
    key: events.map(({ key }) => key),
    hashes: hashes.includes(null) ? null : hashes,
    ...(created && { created }),
  });
  const partsSubject = subjects.parts(runId);
  const drafts: Draft[] = [
    { subject: subjects.run(runId), head: text, body, expect: { seq: fresh.seq }, partsSubject },
  ];
  if (created !== undefined && first?.base != null) {
    const { base, baseHash } = first;
    const cut: CutBase = { throughSeq: firstSeq - 1, base, baseHash, created };
    drafts.push({ subject: subjects.cut(runId), body: JSON.stringify(cut), partsSubject });
  }
  if (created?.key != null) {
    const mark = markText({ runId, first: 1, last: created.throughSeq });
    const expect = { seq: creation?.seq ?? 0 };
    drafts.push({ subject: subjects.creation(created.key), body: mark, expect });
  }
  for (const [key, before] of marks) {
    const keyed = events.filter((event) => event.key === key).map(({ seq }) => seq);
    const isMore = before !== undefined && isKnownKey(before, head);
    const mark = {
      runId,
      first: isMore ? markOfMessage(before).first : Math.min(...keyed),
      last: Math.max(...keyed),
    };
    const expect = { seq: before?.seq ?? 0 };
    drafts.push({ subject: subjects.key(runId, key), body: markText(mark), expect });
  }
  if (source !== undefined) {
    const expect = { seq: source.seq, subject: subjects.run(source.run.runId) };
    drafts.push({ subject: subjects.forks(source.run.runId), body: runId, expect });
  }
  return { text, drafts };
}
