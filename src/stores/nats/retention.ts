import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import { checkCut } from '../check-query.ts';
import type { OutputRecord } from '../output-store.ts';
import type { Connection } from './connection.ts';
import { createdBy, type CutBase, readLog, runNotFound } from './event-reader.ts';
import { type Draft, MAX_BATCH, PARTS } from './journal.ts';
import { markOf } from './run-heads.ts';
import {
  goneText,
  type GoneRun,
  headOfMessage,
  isGone,
  type RunBody,
  type RunHead,
} from './run-message.ts';
import { inTurns } from './in-turns.ts';
import { bodyOf } from './stored-body.ts';

/** Runs that are forgotten at once; each takes two messages of the batch, and one counts them. */
const PER_BATCH = Math.floor((MAX_BATCH - 1) / 2);
const PAUSE_MS = 5;

/** The contract of `EventStore.cut`. MUST NOT run at once with another write of the same run. */
export async function cutRun(
  connection: Connection,
  runId: string,
  throughSeq: number,
  base: string,
): Promise<void> {
  const { heads, journal, subjects, feed } = connection;
  for (;;) {
    const { head, message } = await heads.fresh(connection, runId);
    if (head === undefined || message === undefined) throw runNotFound(runId);
    checkCut(runId, throughSeq, head.run.lastSeq);
    if (throughSeq <= head.cutSeq) return;
    const [last] = (await readLog(connection, head, throughSeq, throughSeq)) ?? [];
    const created = await createdBy(connection, head);
    if (last === undefined || created === undefined) continue;
    const kept: CutBase = { throughSeq, base, baseHash: last.hash, created };
    const partsSubject = subjects.parts(runId);
    const mark = await markOf(connection, head, message, { cutSeq: throughSeq });
    const written = await journal.write([
      { subject: subjects.run(runId), ...mark, expect: { seq: head.seq }, partsSubject },
      { subject: subjects.cut(runId), body: JSON.stringify(kept), partsSubject },
    ]);
    const [seq, cutAt] = written.kind === 'stored' ? written.seqs : [];
    if (seq === undefined || cutAt === undefined) {
      await sleep(PAUSE_MS);
      continue;
    }
    feed.applyOwn({ ...head, cutSeq: throughSeq, seq, first: head.run.lastSeq + 1 });
    await purgeCut(connection, { ...head, cutSeq: throughSeq, seq });
    await journal.purge(subjects.cut(runId), cutAt);
    return;
  }
}

/** Deletes the messages that hold nothing but events that were cut. */
async function purgeCut({ journal, subjects }: Connection, head: RunHead): Promise<void> {
  const { runId } = head.run;
  const subject = subjects.run(runId);
  for await (const message of journal.all(subject, head.position)) {
    const found = headOfMessage(message);
    if (found === undefined || isGone(found)) return;
    if (found.run.lastSeq <= head.cutSeq && found.seq < head.seq) continue;
    const from = message.seq - Number(message.header(PARTS) ?? 0);
    await journal.purge(subject, from);
    await journal.purge(subjects.parts(runId), from);
    return;
  }
}

/** The contract of `Stores.forget`, for as many at once as one batch takes; forks go before what they come from. */
export async function forgetRuns(
  connection: Connection,
  runIds: readonly string[],
): Promise<readonly string[]> {
  const { feed, index, settings } = connection;
  const wanted = [...new Set(runIds)];
  await feed.catchUp();
  const newestFirst = wanted
    .filter((runId) => index.get(runId) !== undefined)
    .toSorted((a, b) => (index.get(b)?.position ?? 0) - (index.get(a)?.position ?? 0));
  const forgotten = new Set<string>();
  for (let at = 0; at < newestFirst.length; at += PER_BATCH) {
    const some = newestFirst.slice(at, at + PER_BATCH);
    for (const endMs = performance.now() + settings.busyLimitMs; ;) {
      const gone = await forgetSome(connection, some, new Set(newestFirst.slice(at)));
      if (gone !== undefined) {
        for (const one of gone) forgotten.add(one.runId);
        await inTurns(gone, (one) => finishForgetting(connection, one));
        break;
      }
      if (performance.now() > endMs) {
        throw new RunchartError(
          'STORE_BUSY',
          'The runs that are to be forgotten are written to, or forked, all the time; try again.',
        );
      }
      await sleep(PAUSE_MS);
    }
  }
  return wanted.filter((runId) => forgotten.has(runId));
}

/** Answers undefined when something changed meanwhile. */
async function forgetSome(
  connection: Connection,
  runIds: readonly string[],
  candidates: ReadonlySet<string>,
): Promise<readonly GoneRun[] | undefined> {
  const { journal, subjects, feed, index } = connection;
  // In this order: a fork that is not in the index then is one that changes these.
  const forks = new Map<string, number>();
  await inTurns(runIds, async (runId) => {
    forks.set(runId, (await journal.last(subjects.forks(runId)))?.seq ?? 0);
  });
  const counter = await journal.last(subjects.gone);
  await feed.catchUp();
  const free = new Set([...candidates].filter((runId) => index.get(runId)?.run.owner === null));
  for (let before = -1; before !== free.size;) {
    before = free.size;
    for (const runId of free) {
      if (index.forksOf(runId).some(({ run }) => !free.has(run.runId))) free.delete(runId);
    }
  }
  const going = runIds.flatMap((runId) => (free.has(runId) ? (index.get(runId) ?? []) : []));
  if (going.length === 0) return [];
  const pruned = Number(counter === undefined ? 0 : String(Buffer.from(counter.data)));
  const drafts: Draft[] = going.flatMap(({ run: { runId }, seq }) => [
    { subject: subjects.run(runId), head: goneText(runId), body: '', expect: { seq } },
    { subject: subjects.forks(runId), body: '', expect: { seq: forks.get(runId) ?? 0 } },
  ]);
  const count = String(pruned + going.length);
  drafts.push({ subject: subjects.gone, body: count, expect: { seq: counter?.seq ?? 0 } });
  const written = await journal.write(drafts);
  if (written.kind === 'conflict') {
    for (const { run } of going) await connection.heads.fresh(connection, run.runId);
    return undefined;
  }
  const gone = going.map(({ run: { runId } }, n): GoneRun => ({
    runId,
    seq: written.seqs[n * 2] ?? 0,
    isGone: true,
  }));
  for (const one of gone) feed.applyOwn(one);
  const last = written.seqs.at(-1);
  if (last !== undefined) await journal.purge(subjects.gone, last);
  return gone;
}

/**
 * Deletes what belonged to a run that is gone, and then the message that says so. It may be repeated, and done by
 * several at once, also when a run of that id has been created again: nothing behind that message is touched.
 */
export async function finishForgetting(connection: Connection, gone: GoneRun): Promise<void> {
  const { journal, subjects } = connection;
  const { runId, seq } = gone;
  const { outputs, checkpoints } = subjects;
  const key = await creationKeyOf(connection, gone);
  const pointers: string[] = [];
  for await (const message of journal.all(outputs.ofRun(runId))) {
    if (message.seq > seq) break;
    const { id, taskId, attempt, event } = await bodyOf<OutputRecord>(journal, message);
    pointers.push(outputs.id(id));
    if (event.type === 'final') pointers.push(outputs.final(taskId, attempt));
  }
  const all = [
    ...pointers,
    ...outputs.pointers(runId),
    outputs.ofRun(runId),
    ...checkpoints.ofRun(runId),
    subjects.cut(runId),
    subjects.parts(runId),
    subjects.keys(runId),
    ...(key === null ? [] : [subjects.creation(key)]),
    subjects.run(runId),
  ];
  await inTurns(all.slice(0, -1), (subject) => journal.purge(subject, seq));
  await journal.purge(subjects.run(runId), seq);
  // Its mark lies right behind.
  await journal.purge(subjects.forks(runId), seq + 2);
  await journal.erase(seq);
  connection.index.finished(gone);
}

/** The key that created a run, from what is left of it. */
async function creationKeyOf(
  { journal, subjects }: Connection,
  { runId, seq }: GoneRun,
): Promise<string | null> {
  const first = await journal.next(subjects.run(runId), 1);
  if (first === undefined || first.seq >= seq) return null;
  const head = headOfMessage(first);
  if (head === undefined || isGone(head)) return null;
  const { created } = await bodyOf<RunBody>(journal, first);
  if (created !== undefined) return created.key;
  const cut = await journal.last(subjects.cut(runId));
  return cut === undefined ? null : (await bodyOf<CutBase>(journal, cut)).created.key;
}

/** Finishes what processes that died have left of runs that were forgotten. */
export async function finishAllForgetting(connection: Connection): Promise<void> {
  const { index, journal, subjects, feed } = connection;
  await feed.catchUp();
  await inTurns(index.goneRuns(), async (gone) => {
    const head = headOfMessage(await journal.last(subjects.run(gone.runId)));
    if (head !== undefined && isGone(head)) await finishForgetting(connection, head);
    index.finished(gone);
  });
}
