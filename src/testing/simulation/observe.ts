import type {
  CheckpointDraft,
  Commit,
  CommitOutcome,
  OutputRecord,
  RunRecord,
  Stores,
} from '../../stores/index.ts';
import { attemptOf, endOf, type Ledger, type SeenRun } from './ledger.ts';
import type { Life } from './life.ts';
import type { Answer, StoreCall } from './store-calls.ts';
import type { Figures } from './world.ts';

/** Where what is seen is kept, and held against what has to be. */
export interface Observatory {
  readonly ledger: Ledger;
  readonly shared: Stores;
  readonly lives: readonly Life[];
  readonly figures: Figures;
  readonly complain: (what: string) => void;
}

/** Looks at a call that was done, the moment it was: what has to hold after every write. */
export function observe(
  port: Observatory,
  { life, method, args }: StoreCall,
  answer: Answer,
): void {
  if (!answer.ok) return;
  if (method === 'events.append') {
    const outcomes = answer.value as readonly CommitOutcome[];
    for (const [i, commit] of (args[0] as readonly Commit[]).entries()) {
      if (outcomes[i]?.kind === 'stored') stored(port, life, commit);
    }
  } else if (method === 'outputs.append') {
    const { runId, attempt } = args[0] as OutputRecord;
    fenced(port, life, runId, attempt, 'an output');
  } else if (method === 'checkpoints.save') {
    const { runId, label } = args[0] as CheckpointDraft;
    // The first checkpoint of a fork is made by whoever forks.
    if (label?.startsWith('fork of') !== true) fenced(port, life, runId, undefined, 'a checkpoint');
  } else if (method === 'forget') port.ledger.forget(answer.value as readonly string[]);
}

function stored(port: Observatory, life: Life, { run: record, events }: Commit): void {
  const { ledger, figures, complain } = port;
  const known = ledger.find(record.runId);
  const before = known === undefined || known.isPruned ? undefined : known;
  const past = before && { ...stateOf(before), record: before.record };
  const run = ledger.store(record, events);
  figures.events += events.length;
  let { seq, atMs, epoch } = past ?? { seq: 0, atMs: 0, epoch: 0 };
  for (const event of run.log.slice(seq)) {
    const what = `${record.runId} event ${event.seq} ${event.type}`;
    if (event.seq !== seq + 1) complain(`[I4] ${what} comes after seq ${seq}`);
    if (event.atMs < atMs) complain(`[I10] ${what} is older than the event before it`);
    if (event.epoch < epoch) complain(`[I7] ${what} has epoch ${event.epoch} after ${epoch}`);
    ({ seq, atMs, epoch } = event);
  }
  const end = endOf(run);
  for (const { seq, late, type } of run.log) {
    if (late !== (end !== undefined && seq > end.seq)) {
      complain(`[I1] ${record.runId} event ${seq} ${type} says late: ${late}`);
    }
  }
  if (end !== undefined && record.owner !== null) {
    complain(`[I7] ${record.runId} is over and has the owner ${record.owner}`);
  }
  if (past === undefined || record.owner === past.record.owner || record.owner === null) return;
  figures.takeOvers += 1;
  takenOver(port, life, past.record, record);
}

function stateOf({ log }: SeenRun): { seq: number; atMs: number; epoch: number } {
  return log.at(-1) ?? { seq: 0, atMs: 0, epoch: 0 };
}

/** Nobody takes a run from an owner that is alive, but by claiming it, and always under a new epoch. */
function takenOver(
  { lives, complain }: Observatory,
  life: Life,
  before: RunRecord,
  after: RunRecord,
): void {
  const { runId } = after;
  if (after.epoch <= before.epoch) {
    complain(`[I7] ${runId} changed hands and stays at epoch ${after.epoch}`);
  }
  const { owner } = before;
  const isLiving = lives.some(({ isAlive, isUp, ownerId }) => isAlive && isUp && ownerId === owner);
  if (owner !== null && isLiving && !life.claiming.has(runId)) {
    complain(`${runId} was taken by ${life.name} from ${owner}, who is alive`);
  }
}

/** Who writes beside the log drives the run, or nobody does. */
function fenced(
  { ledger, complain }: Observatory,
  life: Life,
  runId: string,
  attempt: number | undefined,
  what: string,
): void {
  const run = ledger.find(runId);
  if (run === undefined || run.record.owner === null) return;
  const { owner } = run.record;
  if (owner !== life.ownerId) {
    complain(`[I7] ${life.name} stored ${what} of ${runId}, which belongs to ${owner}`);
  } else if (attempt !== undefined && attempt < attemptOf(run)) {
    complain(`[I7] attempt ${attempt} of ${runId} stored ${what} in attempt ${attemptOf(run)}`);
  }
}
