import { type Clock, draftEvent, type HostedRun, insist } from '../actors/index.ts';
import { isRunchartError, isStoreFault, RunchartError, type RunchartErrorCode } from '../errors.ts';
import type { ForkSource, RunEvent } from '../machines/index.ts';
import type { EventStore } from '../stores/index.ts';
import type { AroundStep } from './around-step.ts';
import { Attempt, tooLate } from './attempt.ts';
import type { AnyDefinition } from './define-run.ts';
import { toFailure } from '../failure.ts';
import { type History, readHistory } from './history.ts';
import { isLetGo, isReleased } from './letting-go.ts';
import { phases } from './phases.ts';
import { createContext, type WorkPort } from './work-context.ts';

/** What hosting a run needs beside the run itself. */
export interface HostPort extends WorkPort {
  readonly events: Pick<EventStore, 'read'>;
  readonly clock: Clock;
  /** Crashes after which a run is given up. */
  readonly maxAttempts: number;
  /** Events of the run after which `onWarning` hears of it, once. */
  readonly eventsPerRun: number;
  readonly onWarning: (error: RunchartError) => void;
  readonly aroundStep?: AroundStep | undefined;
  /** Gives a fork the state that it begins with, if it has none yet. */
  readonly settleFork: (source: ForkSource) => Promise<void>;
}

/** How the driving of a run ended. waiting: it was parked, and somebody has to go on with it later. */
export type Ended = 'ended' | 'waiting';

/**
 * Drives an attempt of a run through its definition: plan, execute, verify, and the event that ends it.
 * The attempt has begun in the log. What earlier attempts did is remembered, and not done again.
 * Rejects when the store fails for longer than a moment; the run then stands as its log says.
 */
export async function hostRun(
  definition: AnyDefinition,
  run: HostedRun,
  port: HostPort,
): Promise<Ended> {
  let history: History;
  try {
    history = await insist(port.clock, () => readHistory(port.events, run.runId));
    if (history.forkedFrom !== undefined) await port.settleFork(history.forkedFrom);
  } catch (error) {
    if (isUnfounded(error)) return sayLast(run, failed(error), port);
    throw error;
  }
  const refusal = refusalOf(run, history, port);
  if (refusal !== undefined) return sayLast(run, failed(refusal), port);
  const attempt = new Attempt(run, history, port);
  try {
    return await perform(definition, run, attempt, port);
  } finally {
    attempt.end();
  }
}

/** Lets the code run, and says in the end what came of it. */
async function perform(
  definition: AnyDefinition,
  run: HostedRun,
  attempt: Attempt,
  port: HostPort,
): Promise<Ended> {
  const { signal, desk } = attempt;
  const context = createContext(definition, run, signal, desk, port);
  const work = phases(definition, context, { ...desk, signal, status: run.snapshot.status }).then(
    (result): RunEvent => ({ type: 'run.completed', result }),
    (error: unknown) => ({ error }),
  );
  const first = await Promise.race([work, attempt.cut]);
  if (first instanceof RunchartError) {
    if (first.code === 'RUN_PARKED') return 'waiting';
    if (isStoreFault(first)) throw first;
    if (!isLetGo(run.signal)) return sayLast(run, failed(first), port);
  }
  const last = first instanceof RunchartError ? { error: first } : first;
  if ('type' in last) return sayLast(run, last, port);
  if (signal.aborted && isAbort(last.error, signal)) {
    if (isReleased(run.signal.reason)) await release(run);
    return 'ended';
  }
  return sayLast(run, failed(last.error), port);
}

/** What the run would go on from is not there, or no state of this code, and never will be. */
function isUnfounded(error: unknown): boolean {
  return isRunchartError(error) && UNFOUNDED.has(error.code);
}

const UNFOUNDED: ReadonlySet<RunchartErrorCode> = new Set([
  'RUN_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'CHANNEL_UNKNOWN',
  'CHANNEL_INVALID',
]);

/** Why an attempt is not even begun with. */
function refusalOf(
  { runId, snapshot: { deadlineAtMs } }: HostedRun,
  { crashes }: History,
  { clock, maxAttempts }: HostPort,
): RunchartError | undefined {
  if (deadlineAtMs !== null && deadlineAtMs <= clock.now()) return tooLate(runId);
  if (crashes < maxAttempts) return undefined;
  return new RunchartError(
    'ATTEMPTS_EXHAUSTED',
    `Run ${runId} crashed ${crashes} times, as often as it may; look at what it did last.`,
  );
}

/** Says how the work ended, unless somebody else said it before. */
async function sayLast(
  run: HostedRun,
  last: RunEvent,
  { clock }: Pick<HostPort, 'clock'>,
): Promise<Ended> {
  const say = (event: RunEvent) =>
    insist(clock, async () => run.finish({ draft: draftEvent(run.runId, event) }));
  try {
    await say(last);
  } catch (error) {
    if (isRunchartError(error, 'OWNER_FENCED')) return 'ended';
    const isRefused =
      isRunchartError(error, 'VERIFICATION_REQUIRED') || isRunchartError(error, 'EVENT_TOO_LARGE');
    if (!isRefused) throw error;
    await say(failed(error));
  }
  return 'ended';
}

function failed(error: unknown): RunEvent {
  return { type: 'run.failed', error: toFailure(error) };
}

/** Lets the run go as it stands, for another owner to go on with. */
async function release(run: HostedRun): Promise<void> {
  const { attempt } = run.snapshot;
  const event = { type: 'attempt.ended', attempt, reason: 'released', wakeAtMs: 0 };
  try {
    await run.finish({ draft: draftEvent(run.runId, event), owner: null, unlessOver: true });
  } catch (error) {
    // Another owner has it already, which was not heard of here: there is nothing left to let go.
    if (!isRunchartError(error, 'OWNER_FENCED')) throw error;
  }
}

/** Work that stops because it was told to throws the reason, or what its libraries make of it. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    error === signal.reason ||
    (error instanceof Error && error.name === 'AbortError') ||
    isRunchartError(error, 'OWNER_FENCED')
  );
}
