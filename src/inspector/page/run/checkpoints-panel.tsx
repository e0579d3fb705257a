import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { dateTime } from '../format.ts';
import { query, show } from '../location.ts';
import { DiffSummary, DiffTree } from '../parts/diff-tree.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { Empty, ErrorNote, Waiting } from '../parts/notes.tsx';
import { Options } from '../parts/options.tsx';
import { useDiff } from '../parts/use-diff.ts';
import { countsOf } from '../parts/value-diff.ts';
import { type CheckpointPair, checkpointPair } from './checkpoint-rows.ts';
import { CheckpointsList } from './checkpoints-list.tsx';
import { ForkDialog } from './fork-dialog.tsx';
import type { PanelProps } from './panels.tsx';
import type { RunStore } from './run-store.ts';
import { useCheckpoints, useCheckpointValues } from './use-checkpoints.ts';

/** The checkpoints up to the moment that is looked at, and how two of them differ. */
export function CheckpointsPanel({ store, player }: PanelProps): JSX.Element {
  const { seq, isLive } = store.moment.value;
  const { rows, value, error, again } = useCheckpoints(store, seq);
  const [forked, setForked] = useState<number>();
  const pair = checkpointPair(rows, stepOf('checkpoint'), stepOf('against'));
  if (error !== undefined) {
    return (
      <div class="card-body">
        <ErrorNote error={error} what="The checkpoints could not be listed" onRetry={again} />
      </div>
    );
  }
  if (value === undefined && pair === undefined) return <Waiting />;
  if (rows.length === 0) {
    return (
      <Empty title={isLive ? 'This run has kept no checkpoint' : 'No checkpoint had been kept yet'}>
        <span>A definition with channels keeps one by checkpoint(), and when it pauses.</span>
      </Empty>
    );
  }
  return (
    <div class="checkpoints">
      <CheckpointsList player={player} rows={rows} pair={pair} onFork={setForked} />
      {pair === undefined ? (
        <Empty title="None of them is kept any more">
          <span>Their values were pruned; the log still tells that they were there.</span>
        </Empty>
      ) : (
        <Comparison store={store} pair={pair} />
      )}
      {forked !== undefined && (
        <ForkDialog store={store} superStep={forked} onClose={() => setForked(undefined)} />
      )}
    </div>
  );
}

function stepOf(name: string): number | undefined {
  const text = query.value.get(name);
  return text === null ? undefined : Number(text);
}

function Comparison({
  store,
  pair: { chosen, against },
}: {
  readonly store: RunStore;
  readonly pair: CheckpointPair;
}): JSX.Element {
  const { asked, again } = useCheckpointValues(store, [against, chosen]);
  const isValues = query.value.get('shown') === 'values' || against === null;
  const [before, after] = asked.value ?? [];
  const { node, problem } = useDiff(isValues ? undefined : before?.values, after?.values);
  return (
    <section class="checkpoint-values" aria-label="The values of the checkpoint">
      <div class="row">
        <h3>
          {isValues
            ? `Values of super-step ${chosen.superStep}`
            : `From super-step ${against.superStep} to ${chosen.superStep}`}
        </h3>
        {!isValues && node !== undefined && <DiffSummary counts={countsOf(node)} />}
        <span class="spread" />
        {against !== null && (
          <fieldset class="schema-group">
            <legend class="only-heard">Show</legend>
            <Options
              name="checkpoint-shown"
              options={['Changes', 'Values']}
              chosen={isValues ? 1 : 0}
              onChoose={(index) => show({ shown: index === 1 ? 'values' : undefined })}
            />
          </fieldset>
        )}
      </div>
      {chosen.laterVersion !== null && (
        <p class="note note-warn">
          At this moment it was version {chosen.version}. It was saved again later: these are the
          values of version {chosen.laterVersion}, kept{' '}
          {dateTime(after?.createdAtMs ?? chosen.atMs)}.
        </p>
      )}
      {asked.error !== undefined && (
        <ErrorNote error={asked.error} what="The values could not be read" onRetry={again} />
      )}
      {problem !== undefined && <p class="note note-error">{problem}</p>}
      {isValues ? (
        after ? (
          <JsonTree key={chosen.superStep} value={after.values} depth={2} />
        ) : (
          asked.error === undefined && <Waiting />
        )
      ) : node === undefined ? (
        asked.error === undefined && problem === undefined && <Waiting />
      ) : (
        <Changes node={node} />
      )}
    </section>
  );
}

function Changes({ node }: Parameters<typeof DiffTree>[0]): JSX.Element {
  if (node.kind === 'same') return <p class="faint">Nothing changed between the two.</p>;
  return <DiffTree node={node} />;
}
