import type { RunImport, Stores } from '../stores/index.ts';
import { carryPruned } from './carry-pruned.ts';
import { compareRun } from './compare-run.ts';
import { copyCheckpoints } from './copy-checkpoints.ts';
import { copyOutputs } from './copy-outputs.ts';
import type { CopyOptions, CopyReport, CopyStep, LeftOutRun } from './copy-report.ts';
import { importPieces } from './import-pieces.ts';
import { inOrder } from './in-order.ts';
import { lookAtRun, type Outlook } from './look-at-run.ts';
import { type PlannedRun, plannedRuns } from './plan-copy.ts';
import { CutMeanwhile, runPieces } from './run-pieces.ts';

/** Events, and characters of their payloads, that are sent together. */
const BATCH_EVENTS = 2048;
const BATCH_LENGTH = 2 ** 20;

/** Runs that are read or compared at once. */
const AT_ONCE = 8;

/**
 * Copies runs from one store to another, with all that belongs to them: logs with keys, chains and cuts, records,
 * outputs and their contents, all versions of checkpoints. Ids and times stay. It opens both stores, and closes them.
 *
 * - Nothing in the target is ever overwritten: a run that has gone on there by itself, or is another one, is
 *   left, and told of.
 * - It may be killed at any moment and called again, and then copies what is missing. A run that is not wholly
 *   there has no owner and is never due, so that nobody drives half a run.
 * - Stop what drives runs in the source first: see `live` of the options. What is not driven just then
 *   is due in both stores once it is copied, and two that drive one run in two stores know nothing of each other.
 */
export async function* copyStores(
  from: Stores,
  to: Stores,
  options: CopyOptions = {},
): AsyncGenerator<CopyStep, CopyReport, void> {
  await from.open();
  try {
    await to.open();
    try {
      return yield* copyOpen(from, to, options);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function* copyOpen(
  from: Stores,
  to: Stores,
  options: CopyOptions,
): AsyncGenerator<CopyStep, CopyReport, void> {
  const { live = false, verify = true } = options;
  const runs = await plannedRuns(from, options);
  const left: LeftOutRun[] = [];
  const todo: PlannedRun[] = [];
  const there = new Set<string>();
  for await (const [run, outlook] of looks(from, to, runs, live)) {
    const cut = outlook.kind === 'left' ? null : outlook.cut;
    if (cut !== null) await to.events.cut(run.runId, cut.throughSeq, cut.base);
    if (outlook.kind === 'there') there.add(run.runId);
    else if (outlook.kind === 'left') left.push({ runId: run.runId, why: outlook.why });
    else todo.push(run);
  }
  const planned = todo.reduce((sum, { lastSeq }) => sum + lastSeq, 0);
  yield { kind: 'planned', runs: todo.length, there: there.size, events: planned };
  for (const one of left) yield { kind: 'left', left: one };

  let [copied, events, blobs, blobBytes] = [0, 0, 0, 0];
  await carryPruned(from, to);
  for await (const page of copyOutputs(from, to, new Set(todo.map(({ runId }) => runId)))) {
    blobs += page.blobs;
    blobBytes += page.blobBytes;
    yield { kind: 'outputs', outputs: page.outputs };
  }
  const whole = new Set(there);
  for await (const step of copyLogs(from, to, todo, live)) {
    if (step.kind === 'left') left.push(step.left);
    else {
      copied += step.runIds.length;
      events += step.events;
      for (const runId of step.runIds) whole.add(runId);
    }
    yield step.kind === 'left'
      ? step
      : { kind: 'runs', runs: step.runIds.length, events: step.events };
  }

  const differences: string[] = [];
  const toCompare = verify ? runs.filter(({ runId }) => whole.has(runId)) : [];
  const compared = inOrder(toCompare, AT_ONCE, ({ runId }) => compareRun(from, to, runId));
  for await (const [{ runId }, found] of compared) {
    differences.push(...found);
    yield { kind: 'compared', runId, differences: found };
  }
  const figures = { copied, there: there.size, left, events, blobs, blobBytes };
  const ok = left.length === 0 && differences.length === 0;
  return { ...figures, compared: toCompare.length, differences, ok };
}

async function* looks(
  from: Stores,
  to: Stores,
  runs: readonly PlannedRun[],
  live: boolean,
): AsyncGenerator<readonly [PlannedRun, Outlook], void, void> {
  yield* inOrder(runs, AT_ONCE, (run) => lookAtRun(from, to, run, live));
}

type LogStep =
  | Extract<CopyStep, { kind: 'left' }>
  | { readonly kind: 'sent'; readonly runIds: readonly string[]; readonly events: number };

/** Pieces that wait to be sent together, in the order of the runs. */
interface Batch {
  pieces: RunImport[];
  /** Runs whose last piece is among them. */
  ends: string[];
  events: number;
  length: number;
}

const emptyBatch = (): Batch => ({ pieces: [], ends: [], events: 0, length: 0 });

/** Copies checkpoints, then logs, which make runs whole. */
async function* copyLogs(
  from: Stores,
  to: Stores,
  runs: readonly PlannedRun[],
  live: boolean,
): AsyncGenerator<LogStep, void, void> {
  let batch = emptyBatch();
  const refused = new Map<string, string>();
  const send = async (): Promise<LogStep> => {
    const { pieces, ends } = batch;
    batch = emptyBatch();
    for (const [runId, why] of await importPieces(to, pieces)) {
      // Pieces behind one that was refused are refused for another reason.
      if (!refused.has(runId)) refused.set(runId, why);
    }
    const sent = pieces.filter(({ run }) => !refused.has(run.runId));
    const events = sent.reduce((sum, piece) => sum + piece.events.length, 0);
    return { kind: 'sent', runIds: ends.filter((id) => !refused.has(id)), events };
  };
  let sending: Promise<LogStep> | undefined;
  /** Sends what is there, and goes on while that is on its way: answers what became of the batch before. */
  const sendNext = async (): Promise<LogStep | undefined> => {
    const before = await sending;
    sending = send();
    // It is awaited later.
    sending.catch(() => undefined);
    return before;
  };
  const left = (runId: string, why: string): LogStep => ({ kind: 'left', left: { runId, why } });

  const prepared = inOrder(runs, AT_ONCE, async (run) => {
    const outlook = await lookAtRun(from, to, run, live);
    if (outlook.kind === 'copy') await copyCheckpoints(from, to, run.runId);
    return outlook;
  });
  for await (const [{ runId }, outlook] of prepared) {
    if (outlook.kind === 'left') yield left(runId, outlook.why);
    if (outlook.kind !== 'copy') continue;
    try {
      for await (const piece of runPieces(from, outlook)) {
        if (refused.has(runId)) break;
        batch.pieces.push(piece);
        batch.events += piece.events.length;
        batch.length += piece.events.reduce((sum, { payload }) => sum + payload.length, 0);
        if (batch.events < BATCH_EVENTS && batch.length < BATCH_LENGTH) continue;
        const step = await sendNext();
        if (step !== undefined) yield step;
      }
    } catch (error) {
      if (!(error instanceof CutMeanwhile)) throw error;
      refused.set(runId, error.message);
    }
    if (outlook.heldBack === null) batch.ends.push(runId);
    else if (!refused.has(runId)) yield left(runId, outlook.heldBack);
  }
  const step = await sendNext();
  if (step !== undefined) yield step;
  if (sending !== undefined) yield await sending;
  for (const [runId, why] of refused) yield left(runId, why);
}
