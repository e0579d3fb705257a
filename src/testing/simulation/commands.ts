import {
  type Envelope,
  type InterruptInfo,
  isRunchartError,
  type Receipt,
  type Run,
} from '../../index.ts';
import { endOf, type Seen } from './ledger.ts';
import type { Life } from './life.ts';
import type { Deed } from './plan.ts';
import { ANSWER } from './program.ts';
import { SimulatedFault } from './store-calls.ts';
import type { World } from './world.ts';

/** A reader of a run, and what it was shown. */
interface Reader {
  readonly life: Life;
  readonly runId: string;
  readonly seqs: number[];
  state: 'reading' | 'ended' | 'failed';
}

/** What was answered to those outside, for holding later answers against it. */
export interface Outside {
  /** Runs by the key that they were created under. */
  readonly byKey: Map<string, string>;
  /** Events by run and key. */
  readonly events: Map<string, string>;
  /** Questions whose answer was taken. */
  readonly answered: Set<string>;
  /** Questions of each run, as they were first seen: somebody keeps the mail for long. */
  readonly asked: Map<string, InterruptInfo>;
  readonly readers: Reader[];
  /** Commands so far: each has a mark of its own in what it records. */
  commands: number;
}

export function createOutside(): Outside {
  return {
    byKey: new Map(),
    events: new Map(),
    answered: new Set(),
    asked: new Map(),
    readers: [],
    commands: 0,
  };
}

/** What a command may be told when all is well: others were faster, or the store failed. */
const ALLOWED: ReadonlySet<string> = new Set([
  'OWNER_FENCED',
  'RUNTIME_CLOSED',
  'STORE_CLOSED',
  'APPEND_FAILED',
  'STORE_FAILED',
  'INTERRUPT_SETTLED',
  'CHECKPOINT_NOT_FOUND',
  'RUN_NOT_FOUND',
]);

/** Sends a command off. Whoever sent it lives in that process, and hears nothing once that is dead. */
export function launch(
  { note, complain }: World,
  { name }: Life,
  what: string,
  command: () => Promise<string>,
): void {
  note(`${name} > ${what}`);
  command().then(
    (answer) => note(`${name} < ${what}: ${answer}`),
    (error: unknown) => {
      note(`${name} < ${what}: ${String(error)}`);
      const isAllowed = isRunchartError(error)
        ? ALLOWED.has(error.code)
        : error instanceof SimulatedFault;
      if (!isAllowed) complain(`${name} ${what}: ${String(error)}`);
    },
  );
}

/** A run that was created, under a key or without: the same key MUST give the same run. */
export function checkCreated(world: World, { byKey }: Outside, runId: string, key?: string): void {
  const { ledger, complain } = world;
  if (ledger.find(runId) === undefined) complain(`[I5] ${runId} was answered and is not stored`);
  if (key === undefined) return;
  const first = byKey.get(key);
  if (first !== undefined && first !== runId && ledger.find(first)?.isPruned === false) {
    complain(`[I8] key ${key} gave ${first} and then ${runId}`);
  }
  byKey.set(key, runId);
}

/** An event that was recorded: it MUST be stored, and the same for the same key. */
export function checkRecorded(
  { ledger, complain }: World,
  { events }: Outside,
  { runId, seq, eventId }: Envelope,
  key?: string,
): void {
  const stored = ledger.find(runId)?.log[seq - 1];
  if (stored?.eventId !== eventId) complain(`[I5] ${runId} event ${seq} was answered, not stored`);
  if (key === undefined) return;
  const place = `${runId} ${key}`;
  const first = events.get(place);
  if (first !== undefined && first !== eventId) {
    complain(`[I8] key ${key} of ${runId} gave ${first} and then ${eventId}`);
  }
  events.set(place, eventId);
}

/** Who decided how the run ended is in the log: the receipt MUST say the same. */
export function checkReceipt(
  { ledger, complain }: World,
  runId: string,
  { outcome, status, seq }: Receipt,
  mark: string,
): void {
  const run = ledger.find(runId);
  const end = run && endOf(run);
  const said = `${runId}: receipt of ${mark} says ${outcome} by event ${seq}`;
  if (end === undefined) return complain(`[I5] ${said}, and the run is not over`);
  const isOurs = JSON.stringify(end.event).includes(`"${mark}"`);
  if (isOurs !== (outcome === status)) complain(`[I1] ${said}, the log has ${end.json}`);
  if (end.seq !== seq || end.type !== `run.${status}`) {
    complain(`[I1] ${said} with ${status}, the log has ${end.type} as event ${end.seq}`);
  }
}

/** Whoever got `cancelled` knows that the code was told to stop, where it runs in the same process. */
export function checkAborted({ complain }: World, life: Life, runId: string): void {
  for (const { runId: id, attempt, signal } of life.attempts) {
    if (id === runId && !signal.aborted) {
      complain(`[I9] ${runId} is cancelled and attempt ${attempt} was not told to stop`);
    }
  }
}

/** Answers the first question of a run, if it has one; or the one that was seen first, whatever became of it. */
export async function answerOne(
  world: World,
  { answered, asked }: Outside,
  run: Run,
  how: Extract<Deed, { readonly do: 'resolve' }>['how'] = 'once',
): Promise<string> {
  const [open] = await run.interrupts.list();
  const first = asked.get(run.id) ?? open;
  if (first !== undefined) asked.set(run.id, first);
  const question = how === 'late' ? first : open;
  if (question === undefined) return 'nothing is asked';
  const { id, token, expiresAtMs } = question;
  const isTooLate = expiresAtMs !== null && expiresAtMs <= world.time.nowMs;
  const answers = Array.from({ length: how === 'twice' ? 2 : 1 }, async () => {
    await run.interrupts.resolve(id, token, ANSWER);
    const place = `${run.id} ${id}`;
    if (answered.has(place)) world.complain(`${place} took two answers`);
    if (isTooLate) world.complain(`${place} took an answer after it had expired`);
    answered.add(place);
    const isStored = (world.ledger.find(run.id)?.log ?? []).some(
      ({ type, event }: Seen) => type === 'interrupt.resolved' && event['interruptId'] === id,
    );
    if (!isStored) world.complain(`[I5] ${place} was answered and that is not stored`);
  });
  const outcomes = await Promise.allSettled(answers);
  const failed = outcomes.find((one) => one.status === 'rejected');
  if (failed === undefined) return `${id} is answered`;
  const isUnknown = isRunchartError(failed.reason, 'INTERRUPT_NOT_FOUND');
  if (isUnknown && (await isCutAway(run, id))) return `${id} is forgotten`;
  throw failed.reason;
}

/** True when the log of a run begins behind a question: what asked was deleted with the head of the log. */
async function isCutAway(run: Run, interruptId: string): Promise<boolean> {
  let firstSeq: number | undefined;
  for await (const { seq, event } of run.events({ live: false })) {
    firstSeq ??= seq;
    if (event.type === 'interrupt.requested' && event['interruptId'] === interruptId) return false;
  }
  return firstSeq !== undefined && firstSeq > 1;
}

/** Follows a run, and checks each event that it is shown the moment it is. */
export async function read(world: World, outside: Outside, life: Life, run: Run): Promise<string> {
  const { ledger, complain } = world;
  const reader: Reader = { life, runId: run.id, seqs: [], state: 'reading' };
  outside.readers.push(reader);
  try {
    for await (const { seq, eventId } of run.events()) {
      const last = reader.seqs.at(-1) ?? 0;
      if (seq !== last + 1) complain(`[I6] a reader of ${run.id} got event ${seq} after ${last}`);
      if (ledger.find(run.id)?.log[seq - 1]?.eventId !== eventId) {
        complain(`[I5] a reader of ${run.id} got event ${seq}, which is not stored`);
      }
      reader.seqs.push(seq);
    }
    reader.state = 'ended';
    return `${reader.seqs.length} events`;
  } catch (error) {
    reader.state = 'failed';
    throw error;
  }
}

/** A reader in a process that lived on has seen a run that is over to its end. */
export function checkReaders({ ledger, complain }: World, { readers }: Outside): void {
  for (const { life, runId, seqs, state } of readers) {
    const run = ledger.find(runId);
    const end = run && endOf(run);
    if (!life.isUp || run?.isPruned !== false || end === undefined || state === 'failed') continue;
    if (state === 'reading' || seqs.length < end.seq) {
      complain(`[I6] a reader of ${runId} is ${state} at ${seqs.length} of ${end.seq} events`);
    }
  }
}
