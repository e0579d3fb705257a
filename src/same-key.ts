import { RunchartError } from './errors.ts';
import type { RunEvent } from './machines/index.ts';

/**
 * Refuses a key that has recorded something else on the run before (INPUT_INVALID): its caller would take the
 * answer to that for its own. `id`: the member, if any, by which two events of a type are told apart.
 */
export function assertSameKey(
  runId: string,
  idempotencyKey: string | undefined,
  {
    recorded,
    meant,
    id,
  }: { readonly recorded: RunEvent; readonly meant: RunEvent; readonly id?: string },
): void {
  const isSame = recorded.type === meant.type && (id === undefined || recorded[id] === meant[id]);
  if (isSame) return;
  const which = (event: RunEvent): string =>
    id === undefined || event[id] === undefined
      ? event.type
      : `${event.type} ${JSON.stringify(event[id])}`;
  throw new RunchartError(
    'INPUT_INVALID',
    `The idempotency key "${idempotencyKey}" recorded ${which(recorded)} on run ${runId}, not ${which(meant)}; use another key.`,
  );
}
