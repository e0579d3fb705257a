import type { JSX } from 'preact';
import { age, clockTime, duration } from '../../format.ts';
import type { Tick } from '../../parts/time/axis-ticks.ts';
import type { Range } from '../../parts/time/range.ts';
import { placeOf, shareOf, type TimeAxis } from '../../parts/time/time-axis.ts';
import type { AttemptPart } from '../run-parts.ts';
import type { Then } from './step-rows.ts';
import type { WaterfallModel } from './waterfall-model.ts';

/** Attempts that are drawn; with more of them in view none could be told apart. */
const MOST_BANDS = 120;

interface BackdropProps {
  readonly model: WaterfallModel;
  readonly range: Range;
  readonly ticks: readonly Tick[];
  /** Pixels of the axis. */
  readonly track: number;
}

/** What stands behind all rows: the axis, the breaks of it, the attempts of the run, the moment. */
export function WaterfallBackdrop({ model, range, ticks, track }: BackdropProps): JSX.Element {
  const axis = model.axis.value;
  const then = model.at.value;
  const at = shareOf(placeOf(axis, then.untilMs), range);
  return (
    <>
      <div class="wf-head">
        <span class="wf-corner faint">name</span>
      </div>
      <div class="wf-area" aria-hidden="true">
        <Bands axis={axis} then={then} range={range} track={track} />
        <Breaks axis={axis} range={range} />
        {ticks.map(({ place, text }) => (
          <span class="wf-tick number" key={text} style={{ left: `${shareOf(place, range)}%` }}>
            {text}
          </span>
        ))}
        {at >= 0 && at <= 100 && (
          <span class="wf-moment" style={{ left: `${at}%` }} title={clockTime(then.untilMs)} />
        )}
      </div>
    </>
  );
}

interface PartProps {
  readonly axis: TimeAxis;
  readonly range: Range;
}

function Bands({
  axis,
  then,
  range,
  track,
}: PartProps & { readonly then: Then; readonly track: number }): JSX.Element {
  const bands = bandsOf(axis, then, range);
  return (
    <>
      {bands.map(({ attempt, left, width }) => (
        <span
          class={`wf-band ${attempt % 2 === 0 ? 'is-even' : ''}`}
          key={attempt}
          style={{ left: `${left}%`, width: `${width}%` }}
        >
          {labelOf(attempt, (width / 100) * track)}
        </span>
      ))}
    </>
  );
}

/** What fits into so many pixels. */
function labelOf(attempt: number, pixels: number): JSX.Element | null {
  if (pixels < 22) return null;
  return <em class="number">{pixels < 72 ? attempt : `attempt ${attempt}`}</em>;
}

function bandsOf(
  axis: TimeAxis,
  { seq, untilMs, attempts }: Then,
  range: Range,
): readonly { readonly attempt: number; readonly left: number; readonly width: number }[] {
  const bands = [];
  for (const [index, one] of attempts.entries()) {
    if (one.seq > seq || bands.length >= MOST_BANDS) break;
    const left = Math.max(0, shareOf(placeOf(axis, one.startedAtMs), range));
    const endMs = endOfAttempt(one, attempts[index + 1], seq) ?? untilMs;
    const right = Math.min(100, shareOf(placeOf(axis, endMs), range));
    if (right > left) bands.push({ attempt: one.attempt, left, width: right - left });
  }
  return bands;
}

function endOfAttempt(
  { endedSeq, endedAtMs }: AttemptPart,
  next: AttemptPart | undefined,
  seq: number,
): number | undefined {
  if (endedSeq !== null && endedSeq <= seq) return endedAtMs ?? undefined;
  return next !== undefined && next.seq <= seq ? next.startedAtMs : undefined;
}

function Breaks({ axis, range }: PartProps): JSX.Element {
  const seen = axis.segments.filter(
    ({ isBreak, start, width }) => isBreak && start + width > range.from && start < range.to,
  );
  return (
    <>
      {seen.map(({ start, width, fromMs, toMs }) => (
        <span
          class="wf-break"
          key={start}
          title={`${duration(toMs - fromMs)} in which nothing worked`}
          style={{
            left: `${shareOf(start, range)}%`,
            width: `${(width / (range.to - range.from)) * 100}%`,
          }}
        >
          {seen.length <= 6 && <em class="number">{age(toMs - fromMs)}</em>}
        </span>
      ))}
    </>
  );
}
