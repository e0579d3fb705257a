import { type ReadonlySignal, type Signal, useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { query, show } from '../location.ts';
import { Empty, ErrorNote } from '../parts/notes.tsx';
import { countUntil } from './log-model.ts';
import type { PanelProps } from './panels.tsx';
import type { Mention } from './run-parts.ts';
import type { RunStore } from './run-store.ts';
import { LineageView } from './outputs/lineage-view.tsx';
import { OutputDetails } from './outputs/output-details.tsx';
import {
  EVERY_OUTPUT,
  fitsOutput,
  type OutputFilter,
  type OutputRow,
  outputRow,
} from './outputs/output-rows.ts';
import { OutputsBar } from './outputs/outputs-bar.tsx';
import { OutputsList } from './outputs/outputs-list.tsx';
import { type Outputs, useOutputs } from './outputs/use-outputs.ts';

/** What the run had given out by the moment that is looked at, what is in it, and what it was made from. */
export function OutputsPanel({ store, player }: PanelProps): JSX.Element {
  const { outputs, again } = useOutputs(store);
  const { given, rows, filter } = useRows(store, outputs);
  const chosenId = query.value.get('output');
  const isLineage = query.value.get('as') === 'lineage';
  const choose = (id: string | undefined): void => show({ output: id });
  const goTo = (seq: number): void => player.goTo(seq);
  if (store.model.parts.outputs.length === 0) {
    return (
      <Empty title="No outputs">
        <span>This run has given out nothing.</span>
      </Empty>
    );
  }
  const { byId, error } = outputs.value;
  return (
    <div class="outputs">
      <OutputsBar
        mentions={given.value}
        filter={filter}
        shown={rows.value.length}
        isLineage={isLineage}
      />
      {error !== undefined && (
        <ErrorNote error={error} what="The outputs could not be read" onRetry={again} />
      )}
      <div class={`outputs-body ${chosenId === null ? '' : 'has-details'}`}>
        {isLineage ? (
          <LineageView store={store} byId={byId} given={given.value} chosenId={chosenId} />
        ) : rows.value.length === 0 ? (
          <Empty
            title={
              given.value.length === 0 ? 'Nothing was given out by this moment' : 'No output fits'
            }
          />
        ) : (
          <OutputsList rows={rows.value} chosenId={chosenId} onChoose={choose} />
        )}
        {chosenId !== null && (
          <OutputDetails
            key={chosenId}
            id={chosenId}
            store={store}
            outputs={outputs.value}
            onClose={() => choose(undefined)}
            onGoTo={goTo}
          />
        )}
      </div>
    </div>
  );
}

function useRows(
  store: RunStore,
  outputs: Signal<Outputs>,
): {
  /** What was given out by the moment. */
  readonly given: ReadonlySignal<readonly Mention[]>;
  /** Those of it that fit the filter. */
  readonly rows: ReadonlySignal<readonly OutputRow[]>;
  readonly filter: Signal<OutputFilter>;
} {
  const filter = useSignal<OutputFilter>(EVERY_OUTPUT);
  const given = useComputed(() => {
    void store.version.value;
    const { outputs: mentions } = store.model.parts;
    return mentions.slice(0, countUntil(mentions, store.moment.value.seq));
  });
  const rows = useComputed(() => {
    const { byId } = outputs.value;
    const all = given.value.map((mention) => outputRow(mention, byId));
    return all.filter((row) => fitsOutput(row, filter.value));
  });
  return { given, rows, filter };
}
