import { isRunchartError, isStoreFault, RunchartError } from '../errors.ts';
import { runNotFound } from './get-run.ts';

/** Why a store did not create a run, or did not find it. */
export function refusedBy(code: 'RUN_EXISTS' | 'RUN_NOT_FOUND', runId: string): RunchartError {
  return code === 'RUN_EXISTS'
    ? new RunchartError(code, `Run ${runId} exists already; leave the id out to get a new one.`)
    : runNotFound(runId);
}

/** An append that was rejected; `unknown` says that whether it was stored could not be found out. */
export function appendFailed(
  runId: string,
  type: string,
  cause: unknown,
  unknown = false,
): RunchartError {
  // A run that retention has deleted meanwhile comes back by no second try.
  if (isRunchartError(cause, 'RUN_NOT_FOUND')) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  // Trying again does not help against a file that is damaged, or may only be read.
  if (!unknown && isStoreFault(cause) && !cause.retryable) {
    const message = `${type} on run ${runId}: ${why} Nothing changed.`;
    return new RunchartError(cause.code, message, { cause });
  }
  const advice = unknown
    ? 'Whether it was stored is unknown; try again with an idempotency key.'
    : 'Nothing changed; try again.';
  return new RunchartError('APPEND_FAILED', `${type} on run ${runId}: ${why} ${advice}`, { cause });
}
