import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { useSending } from '../parts/use-sending.ts';
import type { RunStore } from './run-store.ts';

/** Cancels the run for good, with a reason that is kept in its log. */
export function CancelRun({ store }: { readonly store: RunStore }): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button button-danger" onClick={() => setAsking(true)}>
        Cancel…
      </button>
      {isAsking && <CancelDialog store={store} onClose={() => setAsking(false)} />}
    </>
  );
}

function CancelDialog({
  store,
  onClose,
}: {
  readonly store: RunStore;
  readonly onClose: () => void;
}): JSX.Element {
  const [reason, setReason] = useState('');
  const { isSending, error, send } = useSending();
  const cancel = async (): Promise<void> => {
    const run = await store.run;
    await run.cancel(reason === '' ? {} : { reason });
    await store.refresh();
    onClose();
  };
  return (
    <Dialog title="Cancel this run" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(cancel);
        }}
      >
        <div class="dialog-body">
          <p>
            Cancelled is for good: its work is stopped, its children are cancelled too, and what is
            recorded afterwards is late. A fork can go on from one of its checkpoints.
          </p>
          <div class="field">
            <label for="cancel-reason">Reason, kept in the log</label>
            <input
              id="cancel-reason"
              class="input"
              autofocus
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </div>
          {error !== undefined && <ErrorNote error={error} what="The run was not cancelled" />}
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Let it go on
          </button>
          <button class="button button-danger" disabled={isSending}>
            {isSending ? 'Cancelling…' : 'Cancel the run'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
