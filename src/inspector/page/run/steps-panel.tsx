import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { query, show } from '../location.ts';
import { Empty, Waiting } from '../parts/notes.tsx';
import type { Range } from '../parts/time/range.ts';
import type { PanelProps } from './panels.tsx';
import { EVERY_STEP, type StepFilter, StepsBar } from './steps/steps-bar.tsx';
import { byDuration, type StepRow } from './steps/step-rows.ts';
import { StepDetails } from './steps/step-details.tsx';
import { useWaterfall } from './steps/waterfall-model.ts';
import { Waterfall } from './steps/waterfall.tsx';

/** When each step ran, how often it was tried, and what it came to, as it was at the moment that is looked at. */
export function StepsPanel({ store, player }: PanelProps): JSX.Element {
  const model = useWaterfall(store);
  const filter = useSignal<StepFilter>(EVERY_STEP);
  const range = useSignal<Range | null>(null);
  const rows = useComputed(() => {
    const { kind, text, isByDuration } = filter.value;
    const sought = text.toLowerCase();
    const begun = model.rows.value.slice(0, model.begun.value);
    const fitting =
      kind === '' && sought === ''
        ? begun
        : begun.filter((row) => isFitting(row, kind) && isNamed(row, sought));
    return isByDuration ? byDuration(fitting, model.at.value) : fitting;
  });
  const chosenId = query.value.get('step');
  const chosen = rows.value.find(({ part }) => part.stepId === chosenId);
  const choose = useCallback((stepId: string | undefined) => show({ step: stepId }), []);
  if (model.rows.value.length === 0) {
    if (store.reading.value === 'reading') return <Waiting lines={8} />;
    return (
      <Empty title="No steps">
        <span>This run has recorded no step, no tool and no turn.</span>
      </Empty>
    );
  }
  return (
    <div class="steps">
      <StepsBar model={model} filter={filter} range={range} shown={rows.value.length} />
      {rows.value.length === 0 ? (
        <Empty
          title={model.begun.value === 0 ? 'No step had begun by this moment' : 'No step fits'}
        />
      ) : (
        <Waterfall
          model={model}
          rows={rows.value}
          range={range}
          chosenId={chosenId}
          onChoose={choose}
        />
      )}
      {chosen !== undefined && (
        <StepDetails
          row={chosen}
          then={model.at.value}
          onClose={() => choose(undefined)}
          onGoTo={(seq) => player.goTo(seq)}
        />
      )}
    </div>
  );
}

function isFitting({ kind }: StepRow, wanted: StepFilter['kind']): boolean {
  if (wanted === '') return true;
  return wanted === 'step' ? kind !== 'tool' && kind !== 'turn' : kind === wanted;
}

function isNamed({ part }: StepRow, sought: string): boolean {
  return `${part.name} ${part.stepId}`.toLowerCase().includes(sought);
}
