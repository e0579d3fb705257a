import { RunchartError } from './errors.ts';
import { toError } from './failure.ts';
import type { Json } from './json.ts';
import type { RunSnapshot } from './machines/index.ts';

/** What a run that is over came to: its result, or the error of its end. */
export function resultOf({ runId, status, result, error, cancelReason }: RunSnapshot): Json {
  if (status === 'completed') return result;
  if (status === 'failed') {
    throw new RunchartError('RUN_FAILED', `Run ${runId} failed: ${error?.message ?? 'unknown'}`, {
      ...(error !== null && { cause: toError(error) }),
    });
  }
  if (status === 'cancelled') {
    const why = cancelReason === null ? '' : `: ${cancelReason}`;
    throw new RunchartError('RUN_CANCELLED', `Run ${runId} was cancelled${why}`);
  }
  throw new RunchartError(
    'RUNTIME_CLOSED',
    `The runtime was closed while run ${runId} was ${status}.`,
  );
}
