import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf, runtime } from '../api.ts';
import { counted } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import type { RunsList } from './runs-list.ts';

/** Requests under way at once. */
const AT_ONCE = 4;

/** Cancels the runs that were chosen, after asking once for all of them. */
export function BulkCancel({
  list,
  chosen,
  onDone,
}: {
  readonly list: RunsList;
  readonly chosen: ReadonlySet<string>;
  readonly onDone: () => void;
}): JSX.Element | null {
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [isWorking, setWorking] = useState(false);
  const [failures, setFailures] = useState<readonly string[]>([]);
  if (chosen.size === 0 && failures.length === 0) return null;
  const cancel = async (): Promise<void> => {
    setWorking(true);
    setFailures(await cancelAll([...chosen], reason));
    setWorking(false);
    setAsking(false);
    setReason('');
    onDone();
    void list.again();
  };
  return (
    <div class="bulk card row" role="region" aria-label="Chosen runs">
      <strong>{counted(chosen.size, 'run')} chosen</strong>
      {failures.length > 0 && (
        <span class="tag tag-failed" role="alert" title={failures.join('\n')}>
          {counted(failures.length, 'run')} could not be cancelled: {failures[0]}
        </span>
      )}
      <span class="spread" />
      <button
        type="button"
        class="button"
        onClick={() => {
          setFailures([]);
          onDone();
        }}
      >
        Clear
      </button>
      <button
        type="button"
        class="button button-danger"
        disabled={chosen.size === 0}
        onClick={() => setAsking(true)}
      >
        Cancel…
      </button>
      {isAsking && (
        <Dialog title={`Cancel ${counted(chosen.size, 'run')}`} onClose={() => setAsking(false)}>
          <div class="dialog-body">
            <p>
              Cancelled is for good. What these runs record afterwards is kept, and changes nothing.
            </p>
            <div class="field">
              <label for="bulk-reason">Reason</label>
              <input
                id="bulk-reason"
                class="input"
                value={reason}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </div>
          </div>
          <div class="dialog-foot">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              Keep them
            </button>
            <button
              type="button"
              class="button button-danger"
              disabled={isWorking}
              onClick={() => void cancel()}
            >
              {isWorking ? 'Cancelling…' : `Cancel ${counted(chosen.size, 'run')}`}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Answers what went wrong, one sentence for each run that is not cancelled. */
async function cancelAll(runIds: readonly string[], reason: string): Promise<readonly string[]> {
  const failures: string[] = [];
  const left = [...runIds];
  const work = async (): Promise<void> => {
    for (let runId = left.shift(); runId !== undefined; runId = left.shift()) {
      try {
        const run = await runtime.get(runId);
        await run.cancel(reason === '' ? {} : { reason });
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
