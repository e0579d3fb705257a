import type { JSX } from 'preact';
import { Status } from '../parts/status.tsx';
import type { RunStore } from './run-store.ts';

/** The statechart of the run at the moment that is looked at. */
export function ChartCard({ store }: { readonly store: RunStore }): JSX.Element {
  const { snapshot } = store.moment.value;
  return (
    <section class="card" aria-label="Statechart">
      <div class="card-head">
        <h2>Statechart</h2>
        <span class="spread" />
        {snapshot !== undefined && <Status status={snapshot.status} />}
      </div>
    </section>
  );
}
