import { RunchartError } from '../errors.ts';
import { jsonProblem } from '../json.ts';
import type { RunEvent } from '../machines/index.ts';
import { toFailure } from './failure.ts';

export interface StepOptions {
  /** How often a step that throws is tried again, at once. Default 0. */
  readonly retries?: number;
  /** Milliseconds for each try; then its signal is aborted and the step fails with STEP_TIMEOUT. */
  readonly timeoutMs?: number;
  /** Handed to the step's code, for systems that drop repeats. Default: unique per run, name and occurrence. */
  readonly idempotencyKey?: string;
}

export interface StepContext {
  /** Aborted with the run's signal, and when the try runs out of time. */
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  /** Which try this is, from 1. */
  readonly tries: number;
}

/**
 * Does a named piece of work between `step.started` and `step.completed` or `step.failed`, each durable
 * before the next thing happens. The result MUST be JSON or nothing (STEP_RESULT_INVALID).
 */
export type Step = <T>(
  name: string,
  work: (context: StepContext) => T | Promise<T>,
  options?: StepOptions,
) => Promise<T>;

export function createStep(
  runId: string,
  signal: AbortSignal,
  record: (event: RunEvent) => Promise<unknown>,
): Step {
  const occurrences = new Map<string, number>();
  return async (name, work, options = {}) => {
    const occurrence = (occurrences.get(name) ?? 0) + 1;
    occurrences.set(name, occurrence);
    const stepId = occurrence === 1 ? name : `${name}#${occurrence}`;
    const { retries = 0, idempotencyKey = `${runId}/${stepId}` } = options;
    signal.throwIfAborted();
    await record({ type: 'step.started', stepId, name });
    for (let tries = 1; ; tries += 1) {
      // Of what was cancelled while the start was recorded, nothing is done.
      signal.throwIfAborted();
      try {
        const result = await inTime(work, { signal, idempotencyKey, tries }, options.timeoutMs);
        const flaw = result === undefined ? undefined : jsonProblem(result, 'result');
        if (flaw !== undefined) throw notJson(runId, stepId, flaw);
        await record({ type: 'step.completed', stepId, name, result: result ?? null });
        return result;
      } catch (error) {
        if (tries <= retries && !signal.aborted && !isFinal(error)) continue;
        await record({ type: 'step.failed', stepId, name, error: toFailure(error) });
        throw error;
      }
    }
  };
}

/** Errors that another try cannot mend. */
function isFinal(error: unknown): boolean {
  return error instanceof RunchartError && error.code !== 'STEP_TIMEOUT';
}

async function inTime<T>(
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
  const timer = setTimeout(() => timeout.abort(late), timeoutMs);
  const expired = new Promise<never>((_, reject) => {
    timeout.signal.addEventListener('abort', () => reject(late));
  });
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  try {
    return await Promise.race([work({ ...context, signal }), expired]);
  } finally {
    clearTimeout(timer);
  }
}

function notJson(runId: string, stepId: string, flaw: string): RunchartError {
  return new RunchartError(
    'STEP_RESULT_INVALID',
    `Step ${stepId} of run ${runId}: ${flaw}. Return JSON, and keep everything else in outputs.`,
  );
}
