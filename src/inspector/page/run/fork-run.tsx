import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ForkDialog } from './fork-dialog.tsx';
import type { RunStore } from './run-store.ts';

/** Begins a new run with a checkpoint of this one. */
export function ForkRun({ store }: { readonly store: RunStore }): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        Fork…
      </button>
      {isAsking && <ForkDialog store={store} onClose={() => setAsking(false)} />}
    </>
  );
}
