import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { counted, duration } from '../../format.ts';
import type { Range } from '../../parts/time/range.ts';
import { placeOf } from '../../parts/time/time-axis.ts';
import type { WaterfallModel } from './waterfall-model.ts';
import { zoomedOn } from './zoom.ts';

export interface StepFilter {
  /** Empty: all; `step`: sleeps and children too. */
  readonly kind: '' | 'step' | 'tool' | 'turn';
  readonly text: string;
  readonly isByDuration: boolean;
}

export const EVERY_STEP: StepFilter = { kind: '', text: '', isByDuration: false };

interface StepsBarProps {
  readonly model: WaterfallModel;
  readonly filter: Signal<StepFilter>;
  readonly range: Signal<Range | null>;
  readonly shown: number;
}

/** What is shown of the steps, and the sums of their times. */
export function StepsBar({ model, filter, range, shown }: StepsBarProps): JSX.Element {
  const { workMs, waitMs } = model.totals.value;
  const change = (part: Partial<StepFilter>): void => {
    filter.value = { ...filter.value, ...part };
  };
  return (
    <div class="panel-bar steps-bar">
      <input
        class="input"
        type="search"
        placeholder="Find by name"
        aria-label="Find a step by its name"
        value={filter.value.text}
        onInput={(event) => change({ text: event.currentTarget.value })}
      />
      <KindChoice model={model} kind={filter.value.kind} onKind={(kind) => change({ kind })} />
      <select
        class="input"
        aria-label="Order of the steps"
        value={filter.value.isByDuration ? 'duration' : 'begin'}
        onChange={(event) => change({ isByDuration: event.currentTarget.value === 'duration' })}
      >
        <option value="begin">In order</option>
        <option value="duration">Longest first</option>
      </select>
      <ZoomButtons model={model} range={range} />
      <p class="steps-sums soft number" role="status">
        {counted(shown, 'row')}
        <span title="Time in which at least one step was at work">
          <i class="swatch" />
          work {duration(workMs)}
        </span>
        <span title="Time in which none was: asleep, waiting for an answer, a child or a retry, or parked">
          <i class="swatch is-wait" />
          waiting {duration(waitMs)}
        </span>
      </p>
    </div>
  );
}

function KindChoice({
  model,
  kind,
  onKind,
}: {
  readonly model: WaterfallModel;
  readonly kind: StepFilter['kind'];
  readonly onKind: (kind: StepFilter['kind']) => void;
}): JSX.Element | null {
  const hasSpans = model.rows.value.some((row) => row.kind === 'tool' || row.kind === 'turn');
  if (!hasSpans) return null;
  return (
    <select
      class="input"
      aria-label="Kind of row"
      value={kind}
      onChange={(event) => onKind(event.currentTarget.value as StepFilter['kind'])}
    >
      <option value="">All kinds</option>
      <option value="step">Steps</option>
      <option value="tool">Tools</option>
      <option value="turn">Turns</option>
    </select>
  );
}

function ZoomButtons({
  model,
  range,
}: {
  readonly model: WaterfallModel;
  readonly range: Signal<Range | null>;
}): JSX.Element {
  const zoom = (by: number): void => {
    const axis = model.axis.value;
    range.value = zoomedOn(range.value, axis.width, by, placeOf(axis, model.at.value.untilMs));
  };
  return (
    <div class="steps-zoom" role="group" aria-label="Zoom">
      <button
        type="button"
        class="button button-icon"
        aria-label="Zoom out"
        title="Zoom out"
        disabled={range.value === null}
        onClick={() => zoom(2)}
      >
        −
      </button>
      <button
        type="button"
        class="button button-icon"
        aria-label="Zoom in"
        title="Zoom in. Ctrl and the wheel zoom where the pointer is; Shift and the wheel move."
        onClick={() => zoom(0.5)}
      >
        +
      </button>
      <button
        type="button"
        class="button"
        disabled={range.value === null}
        onClick={() => {
          range.value = null;
        }}
      >
        Fit
      </button>
    </div>
  );
}
