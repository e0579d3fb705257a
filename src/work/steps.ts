import pRetry from 'p-retry';
import { after, type Clock, pause, until } from '../actors/index.ts';
import { RunchartError } from '../errors.ts';
import { type Json, jsonProblem } from '../json.ts';
import type { Desk } from './desk.ts';
import { toError, toFailure } from '../failure.ts';
import type { Entry, EntryKind } from './history.ts';
import { INSIDE } from './journal.ts';
import { isLetGo } from './letting-go.ts';

export interface StepOptions {
  /** How often a step that throws is tried again. Default 0. A TypeError is not tried again. */
  readonly retries?: number;
  /** Milliseconds before the first retry; each further pause is twice as long, up to 30 s. Default 100. */
  readonly backoffMs?: number;
  /** Milliseconds for each try; then its signal is aborted and it fails with STEP_TIMEOUT. */
  readonly timeoutMs?: number;
  /** Handed to the step's code, for systems that drop repeats. Default: unique per run, name and occurrence. */
  readonly idempotencyKey?: string;
}

export interface StepContext {
  /** Aborted with the run's signal, and when the try runs out of time. */
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  /** Which try this is, from 1; those of earlier attempts count. */
  readonly tries: number;
}

/**
 * Does a named piece of work, once: its result is recorded before this resolves, and an attempt that
 * comes later gets it without doing the work again. An error that it ended with is remembered too.
 *
 * Steps of one name are told apart by the order in which they are called. They may run side by side.
 * What is asked for inside a step belongs to it. The result MUST be JSON or nothing
 * (STEP_RESULT_INVALID). Work whose end was not recorded, by a crash, is done again.
 */
export type Step = <T>(
  name: string,
  work: (context: StepContext) => T | Promise<T>,
  options?: StepOptions,
) => Promise<T>;

/** Where the pauses between retries stop growing, in milliseconds. */
const MAX_BACKOFF_MS = 30_000;

export function createStep(desk: Desk): Step {
  return (name, work, options = {}) => {
    checkStepName(name);
    return desk.presence.working(() =>
      remembered(desk, 'step', name, (entry) => run(desk, entry, name, work, options)),
    );
  };
}

/** Asks the journal for something by name: what it remembers, or what `work` makes and records. */
export async function remembered<T>(
  desk: Desk,
  kind: EntryKind,
  name: string,
  work: (entry: Entry) => Promise<T>,
): Promise<T> {
  desk.signal.throwIfAborted();
  const { outcome, ...entry } = await desk.presence.working(() => desk.journal.ask(kind, name));
  if (outcome === undefined) return work(entry);
  if (!outcome.ok) throw toError(outcome.error);
  // A copy: what the code does to it does not change what is remembered.
  return structuredClone(outcome.value) as T;
}

async function run<T>(
  desk: Desk,
  entry: Entry,
  name: string,
  work: (context: StepContext) => T | Promise<T>,
  options: StepOptions,
): Promise<T> {
  const { runId, signal, journal, record, clock } = desk;
  const { id: stepId, within } = entry;
  const { idempotencyKey = `${runId}/${stepId}` } = options;
  const about = { stepId, name, ...(within !== undefined && { within }) };
  if (entry.retryAtMs !== undefined) await until(clock, entry.retryAtMs, signal);
  await record({ type: 'step.started', ...about });
  let { tries } = entry;
  const attempt = async (): Promise<T> => {
    // Of what was cancelled while the start was recorded, nothing is done.
    signal.throwIfAborted();
    tries += 1;
    journal.reopen(stepId);
    desk.onTry(stepId);
    const context = { signal, idempotencyKey, tries };
    const result = await desk.around({ stepId, name, within, tries }, () =>
      journal.scope.run(stepId, () => inTime(clock, work, context, options.timeoutMs)),
    );
    const flaw = result === undefined ? undefined : jsonProblem(result, 'result');
    if (flaw !== undefined) throw notJson(runId, stepId, flaw);
    const seq = await record({ type: 'step.completed', ...about, result: result ?? null });
    await journal.settle(stepId, { ok: true, value: (result ?? null) as Json }, seq);
    return result;
  };
  const retries = Math.max(0, (options.retries ?? 0) - tries);
  try {
    if (retries === 0) return await attempt();
    const { backoffMs = 100 } = options;
    const backoff = (): number => Math.min(backoffMs * 2 ** (tries - 1), MAX_BACKOFF_MS);
    return await pRetry(attempt, {
      retries,
      // The pauses are ours: they are kept in the log, and take the time of the runtime's clock.
      minTimeout: 0,
      signal,
      shouldRetry: async ({ error }) => {
        if (isFinal(error)) return false;
        await pause(clock, backoff(), signal);
        return true;
      },
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (retriesLeft === 0 || isFinal(error) || signal.aborted) return;
        const retryAtMs = clock.now() + Math.ceil(backoff());
        await record({ type: 'step.failed', ...about, error: toFailure(error), tries, retryAtMs });
      },
    });
  } catch (error) {
    // Work that was interrupted has not failed: another attempt does it again.
    if (isLetGo(signal)) throw error;
    const failure = toFailure(error);
    const seq = await record({ type: 'step.failed', ...about, error: failure, tries });
    await journal.settle(stepId, { ok: false, error: failure }, seq);
    throw error;
  }
}

export function checkStepName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && !name.includes(INSIDE)) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `The name of a step must be a text without "${INSIDE}", got ${JSON.stringify(name)}.`,
  );
}

/** Errors that another try cannot mend. */
function isFinal(error: unknown): boolean {
  return error instanceof RunchartError && error.code !== 'STEP_TIMEOUT' && !error.retryable;
}

async function inTime<T>(
  clock: Clock,
  work: (context: StepContext) => T | Promise<T>,
  context: StepContext,
  timeoutMs: number | undefined,
): Promise<T> {
  if (timeoutMs === undefined) return work(context);
  const late = new RunchartError(
    'STEP_TIMEOUT',
    `Step ${context.idempotencyKey} took longer than ${timeoutMs} ms.`,
  );
  const timeout = new AbortController();
  const callOff = after(clock, timeoutMs, () => timeout.abort(late));
  const expired = new Promise<never>((_, reject) => {
    timeout.signal.addEventListener('abort', () => reject(late));
  });
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  try {
    return await Promise.race([work({ ...context, signal }), expired]);
  } finally {
    callOff();
  }
}

function notJson(runId: string, stepId: string, flaw: string): RunchartError {
  return new RunchartError(
    'STEP_RESULT_INVALID',
    `Step ${stepId} of run ${runId}: ${flaw}. Return JSON, and keep everything else in outputs.`,
  );
}
