import { RunchartError } from './errors.ts';
import { toError } from './failure.ts';
import type { Json } from './json.ts';
import type { RunSnapshot } from './machines/index.ts';
import { isTerminal } from './machines/run-status.ts';
import type { Run } from './run.ts';

/** Waits for the end of a run, wherever it is looked at: its result, or the error of its end. */
export async function resultOf(
  run: Pick<Run, 'snapshot' | 'events'>,
  signal: AbortSignal | undefined,
): Promise<Json> {
  signal?.throwIfAborted();
  const before = await run.snapshot();
  if (isTerminal(before.status)) return resultIn(before);
  const end = run.events({ afterSeq: before.eventCount, ...(signal && { signal }) });
  while ((await end.next()).done !== true);
  signal?.throwIfAborted();
  return resultIn(await run.snapshot());
}

/** What a run that is over came to. */
function resultIn({ runId, status, result, error, cancelReason }: RunSnapshot): Json {
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
