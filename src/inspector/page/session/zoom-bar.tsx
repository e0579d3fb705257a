import type { JSX } from 'preact';
import { dateTime, duration } from '../format.ts';
import type { TimeSpan } from '../parts/time/time-span.ts';
import { FIT, movedBy, type Zoom, zoomedTo, zoomText } from './zoom.ts';

const LAST: readonly (readonly [text: string, ms: number])[] = [
  ['10 min', 600_000],
  ['1 h', 3_600_000],
  ['1 d', 86_400_000],
];

interface ZoomBarProps {
  readonly zoom: Zoom;
  readonly window: TimeSpan;
  readonly isBroken: boolean;
  readonly onZoom: (zoom: Zoom) => void;
  readonly onBroken: (isBroken: boolean) => void;
}

/** Which time is shown. It stands in the address. */
export function ZoomBar({ zoom, window, isBroken, onZoom, onBroken }: ZoomBarProps): JSX.Element {
  const middleMs = (window.fromMs + window.toMs) / 2;
  const steps: readonly (readonly [sign: string, label: string, next: () => Zoom])[] = [
    ['‹', 'Earlier', () => movedBy(window, -0.5)],
    ['›', 'Later', () => movedBy(window, 0.5)],
    ['−', 'Show more time', () => zoomedTo(window, 2, middleMs)],
    ['+', 'Show less time', () => zoomedTo(window, 0.5, middleMs)],
  ];
  return (
    <div class="zoom row" role="group" aria-label="Which time is shown">
      <button
        type="button"
        class="button"
        aria-pressed={zoom.kind === 'fit'}
        onClick={() => onZoom(FIT)}
      >
        Fit
      </button>
      {LAST.map(([text, ms]) => (
        <button
          key={text}
          type="button"
          class="button"
          aria-label={`The last ${text}`}
          aria-pressed={zoomText(zoom) === zoomText({ kind: 'last', ms })}
          onClick={() => onZoom({ kind: 'last', ms })}
        >
          {text}
        </button>
      ))}
      <span class="zoom-steps">
        {steps.map(([sign, label, next]) => (
          <button
            key={label}
            type="button"
            class="button button-icon"
            aria-label={label}
            title={label}
            onClick={() => onZoom(next())}
          >
            {sign}
          </button>
        ))}
      </span>
      <label class="row">
        <input
          type="checkbox"
          checked={isBroken}
          onChange={(event) => onBroken(event.currentTarget.checked)}
        />
        leave idle times out
      </label>
      <span class="spread" />
      <span
        class="faint number zoom-window"
        title="Ctrl and the wheel zoom where the pointer is; Shift and the wheel move."
      >
        {dateTime(window.fromMs)}, {duration(window.toMs - window.fromMs)}
      </span>
    </div>
  );
}
