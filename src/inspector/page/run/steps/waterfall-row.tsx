import type { JSX } from 'preact';
import { duration } from '../../format.ts';
import { hrefOf } from '../../location.ts';
import type { Range } from '../../parts/time/range.ts';
import { placeOf, shareOf, type TimeAxis } from '../../parts/time/time-axis.ts';
import {
  barsAt,
  type Outcome,
  type RowKind,
  standingOf,
  type StepRow,
  type Then,
} from './step-rows.ts';

interface RowProps {
  readonly row: StepRow;
  readonly then: Then;
  readonly axis: TimeAxis;
  readonly range: Range;
  readonly isChosen: boolean;
  readonly onChoose: (stepId: string | undefined) => void;
}

/** How an outcome is told in words. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  lost: 'lost with its process',
  stopped: 'not finished when the run ended',
  waits: 'waiting for its next try',
};

export function WaterfallRow(props: RowProps): JSX.Element {
  const { row, then, axis, range, isChosen, onChoose } = props;
  const { part, kind, depth } = row;
  const bars = barsAt(row, then);
  const { outcome, tookMs, tries } = standingOf(bars);
  const suffix = part.stepId.startsWith(part.name) ? part.stepId.slice(part.name.length) : '';
  return (
    <div class={`wf-row wf-${kind} ${isChosen ? 'is-chosen' : ''}`}>
      <button
        type="button"
        class="wf-name"
        data-step={part.stepId}
        style={{ paddingLeft: `${10 + Math.min(depth, 6) * 12}px` }}
        aria-pressed={isChosen}
        title={part.stepId}
        onClick={() => onChoose(isChosen ? undefined : part.stepId)}
      >
        <OutcomeSign outcome={outcome} kind={kind} />
        <span class="cut">
          {part.name}
          {/^#\d+$/.test(suffix) && <span class="faint">{suffix}</span>}
        </span>
        {tries > 1 && (
          <span class="tag number" title={`${tries} tries`}>
            ×{tries}
          </span>
        )}
        <span class="only-heard">, {OUTCOMES[outcome]}, </span>
        <span class="wf-took number">{duration(tookMs)}</span>
      </button>
      {part.childRunId !== null && (
        <a
          class="wf-child-link"
          href={hrefOf({ view: 'run', runId: part.childRunId })}
          aria-label={`Open the run of ${part.stepId}`}
          title={`Open ${part.childRunId}`}
        >
          ↗
        </a>
      )}
      <div class="wf-track" aria-hidden="true">
        {bars.map((bar) => (
          <BarSpan key={`${bar.outcome}${bar.fromMs}`} bar={bar} axis={axis} range={range} />
        ))}
      </div>
    </div>
  );
}

function BarSpan({
  bar: { fromMs, toMs, outcome },
  axis,
  range,
}: {
  readonly bar: ReturnType<typeof barsAt>[number];
  readonly axis: TimeAxis;
  readonly range: Range;
}): JSX.Element | null {
  const left = shareOf(placeOf(axis, fromMs), range);
  const right = shareOf(placeOf(axis, toMs), range);
  if (right < 0 || left > 100) return null;
  const from = Math.max(-1, left);
  return (
    <span
      class={`wf-bar bar-${outcome}`}
      style={{ left: `${from}%`, width: `${Math.min(101, right) - from}%` }}
      title={`${OUTCOMES[outcome]}, ${duration(toMs - fromMs)}`}
    />
  );
}

const SIGNS: Readonly<Record<Outcome, string>> = {
  running: 'M4 2.5v7l5.5-3.5z',
  completed: 'M2.5 6.5l2.5 2.5 4.5-5.5',
  failed: 'M3 3l6 6M9 3l-6 6',
  lost: 'M2.5 6h2M7.5 6h2M6 2.5v1M6 8.5v1',
  stopped: 'M3.5 3.5h5v5h-5z',
  waits: 'M6 3v3l2 1.5',
};

/** What a row is, by its form: a sleep a moon, a child an arrow, a turn a bracket, everything else its outcome. */
const FORMS: Readonly<Partial<Record<RowKind, string>>> = {
  sleep: 'M8.8 7.6A3.8 3.8 0 1 1 5 2.6a3 3 0 0 0 3.8 5z',
  child: 'M3 2.5v4a1.5 1.5 0 0 0 1.5 1.5H9M7 6l2 2-2 2',
  turn: 'M4.5 2.5H3v7h1.5M7.5 2.5H9v7H7.5',
};

function OutcomeSign({
  outcome,
  kind,
}: {
  readonly outcome: Outcome;
  readonly kind: RowKind;
}): JSX.Element {
  const isUsual = outcome === 'completed' || outcome === 'running';
  return (
    <svg
      class={`wf-sign bar-${outcome}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={(isUsual ? FORMS[kind] : undefined) ?? SIGNS[outcome]} />
    </svg>
  );
}
