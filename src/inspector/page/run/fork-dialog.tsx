import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorNote, Waiting } from '../parts/notes.tsx';
import { StartForm } from '../runs/start-form.tsx';
import type { CheckpointRow } from './checkpoint-rows.ts';
import { ForkForm } from './fork-form.tsx';
import type { RunStore } from './run-store.ts';
import { useCheckpoints } from './use-checkpoints.ts';

/** Asks what a fork is to begin with, and makes it. */
export function ForkDialog({
  store,
  superStep,
  onClose,
}: {
  readonly store: RunStore;
  /** Default: the last checkpoint at or before the moment that is looked at. */
  readonly superStep?: number;
  readonly onClose: () => void;
}): JSX.Element {
  // What is looked at moves on while somebody types: the choice stays.
  const [seq] = useState(() => store.moment.peek().seq);
  const { rows, value, error, again } = useCheckpoints(store, Number.POSITIVE_INFINITY);
  const [first, ...others] = rows.filter(({ isKept }) => isKept);
  return (
    <Dialog title="Fork this run" onClose={onClose}>
      {error !== undefined && (
        <div class="dialog-body">
          <ErrorNote error={error} what="The checkpoints could not be listed" onRetry={again} />
        </div>
      )}
      {value === undefined ? (
        error === undefined && <Waiting />
      ) : first === undefined ? (
        <Anew store={store} onClose={onClose} />
      ) : (
        <ForkForm
          store={store}
          rows={[first, ...others]}
          begin={superStep ?? lastAt([first, ...others], seq).superStep}
          seq={seq}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

type Kept = readonly [CheckpointRow, ...CheckpointRow[]];

/** The last one at or before a moment, or the first one of all. */
function lastAt(rows: Kept, seq: number): CheckpointRow {
  const last = rows.findLast((row) => row.seq === null || row.seq <= seq);
  return last ?? rows[0];
}

/** Without a checkpoint there is nothing to fork from; what is left is the same once more. */
function Anew({
  store,
  onClose,
}: {
  readonly store: RunStore;
  readonly onClose: () => void;
}): JSX.Element {
  const { snapshot } = store.info.value ?? {};
  const created = store.model.event(1)?.event;
  return (
    <>
      <div class="dialog-body">
        <p class="note">
          <strong>This run has kept no checkpoint, so nothing can be forked.</strong>
          <span>
            {snapshot?.definition == null
              ? 'It is driven from outside, by nobody whom this server could start again.'
              : 'It can be started once more from the beginning; nothing that it did is remembered then.'}
          </span>
        </p>
      </div>
      {snapshot?.definition == null ? (
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Close
          </button>
        </div>
      ) : (
        <StartForm
          only={snapshot.definition}
          input={created?.['input'] as never}
          prompt={snapshot.prompt}
          onClose={onClose}
        />
      )}
    </>
  );
}
