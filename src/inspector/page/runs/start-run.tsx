import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { runtime } from '../api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useAsked } from '../parts/use-asked.ts';
import { StartForm } from './start-form.tsx';

/** Starts a run of a definition that the server has. Where it has none, there is nothing to start. */
export function StartRun(): JSX.Element | null {
  const [isAsking, setAsking] = useState(false);
  const { asked } = useAsked(() => runtime.definitions(), '');
  const { value } = asked.value;
  if (value === undefined || value.length === 0) return null;
  return (
    <>
      <button type="button" class="button button-primary" onClick={() => setAsking(true)}>
        Start a run…
      </button>
      {isAsking && (
        <Dialog title="Start a run" onClose={() => setAsking(false)}>
          <StartForm onClose={() => setAsking(false)} />
        </Dialog>
      )}
    </>
  );
}
