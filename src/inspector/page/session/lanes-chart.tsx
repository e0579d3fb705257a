import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isTerminal } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import { query, show } from '../location.ts';
import { now } from '../now.ts';
import type { Tick } from '../parts/time/axis-ticks.ts';
import { fewLongest } from '../parts/time/breaks.ts';
import { createAxis, instantOf, shareOf, type TimeAxis, wholeOf } from '../parts/time/time-axis.ts';
import { useWheel } from '../parts/time/use-wheel.ts';
import { LaneRow, type LaneRowProps, leftOf } from './lane-row.tsx';
import { laneTicks } from './lane-ticks.ts';
import { busyOf, coarseSegments, lanesOf, type Segment, timeOf } from './lanes.ts';
import { segmentsAt, type SessionListed } from './session-runs.ts';
import { ZoomBar } from './zoom-bar.tsx';
import { movedBy, parseZoom, windowOf, type Zoom, zoomedTo, zoomText } from './zoom.ts';

/** Pixels that a tick and its text need. */
const TICK = 104;

/** With more lanes than these the time goes on in steps of so many milliseconds: all of them move with it. */
const MANY = 100;
const MANY_MS = 5_000;

/** Lanes over one axis of time. */
export function LanesChart({
  listed,
  onSeen,
}: {
  readonly listed: SessionListed;
  /** A lane has come into view. */
  readonly onSeen: (runId: string) => void;
}): JSX.Element {
  const lanes = useMemo(() => lanesOf(listed.runs.values()), [listed.runs]);
  const isActive = lanes.some(({ run }) => !isTerminal(run.snapshot.status));
  const zoom = parseZoom(query.value.get('time'));
  // The time goes on only where something does, or where its end is what is looked at.
  const toldMs = isActive || zoom.kind === 'last' ? now.value : now.peek();
  const nowMs = lanes.length > MANY ? Math.ceil(toldMs / MANY_MS) * MANY_MS : toldMs;
  const isBroken = query.value.get('idle') !== 'shown';
  const runs = lanes.map(({ run }) => run);
  const all = timeOf(runs, nowMs) ?? { fromMs: nowMs, toMs: nowMs };
  const window = windowOf(zoom, all, nowMs);
  const segmentsOfRun = (run: RunInfo): readonly Segment[] =>
    segmentsAt(listed, run) ?? coarseSegments(run);
  const busy = isBroken ? runs.flatMap((run) => busyOf(run, segmentsOfRun(run), nowMs)) : undefined;
  const axis = useSame(createAxis(window, busy, fewLongest));
  const onZoom = (next: Zoom): void => show({ time: zoomText(next) });
  const box = useRef<HTMLDivElement>(null);
  useWheel(box, '.lanes-track', {
    onZoom: (times, part) => onZoom(zoomedTo(window, times, instantOf(axis, part * axis.width))),
    onMove: zoom.kind === 'fit' ? undefined : (part) => onZoom(movedBy(window, part)),
  });
  const { ref, width } = useWidth();
  const ticks = laneTicks(axis, { room: Math.max(2, Math.floor(width / TICK)) });
  const [told, setTold] = useState<string>();
  const seen = useSeen(onSeen);
  const rowOf = useKeptRows();
  const isNowShown = isActive && nowMs <= axis.toMs && nowMs >= axis.fromMs;
  return (
    <>
      <ZoomBar
        zoom={zoom}
        window={window}
        isBroken={isBroken}
        onZoom={onZoom}
        onBroken={(next) => show({ idle: next ? undefined : 'shown' })}
      />
      <div class="lanes" ref={box} onMouseLeave={() => setTold(undefined)}>
        <div class="lanes-axis" aria-hidden="true">
          <span />
          <div class="lanes-track" ref={ref}>
            <Ticks axis={axis} ticks={ticks} />
          </div>
        </div>
        <div class="lanes-body">
          <Background ticks={ticks} axis={axis} nowMs={isNowShown ? nowMs : undefined} />
          <ol class="plain" aria-label="Runs, the newest first">
            {lanes.map(({ run, depth }) => {
              const { runId, status } = run.snapshot;
              return rowOf({
                run,
                depth,
                known: segmentsAt(listed, run),
                axis,
                nowMs: isTerminal(status) ? axis.toMs : nowMs,
                seen,
                isTold: told === runId,
                onTell: setTold,
              });
            })}
          </ol>
        </div>
      </div>
    </>
  );
}

function Ticks({
  axis,
  ticks,
}: {
  readonly axis: TimeAxis;
  readonly ticks: readonly Tick[];
}): JSX.Element {
  return (
    <>
      {ticks.map(({ atMs, place, text, isDay }) => (
        <span
          key={atMs}
          class={`tick number ${isDay ? 'is-day' : ''}`}
          style={{ left: `${shareOf(place, wholeOf(axis))}%` }}
        >
          {text}
        </span>
      ))}
    </>
  );
}

/** What lies behind all lanes: a line at each tick, the times that are left out, and now. */
function Background({
  ticks,
  axis,
  nowMs,
}: {
  readonly ticks: readonly Tick[];
  readonly axis: TimeAxis;
  readonly nowMs: number | undefined;
}): JSX.Element {
  const whole = wholeOf(axis);
  return (
    <div class="lanes-back" aria-hidden="true">
      <span />
      <div class="lanes-track">
        {ticks.map(({ atMs, place }) => (
          <span key={atMs} class="lanes-line" style={{ left: `${shareOf(place, whole)}%` }} />
        ))}
        {axis.segments
          .filter(({ isBreak }) => isBreak)
          .map(({ start, width }) => (
            <span
              key={start}
              class="lanes-break"
              style={{ left: `${shareOf(start, whole)}%`, width: `${shareOf(width, whole)}%` }}
            />
          ))}
        {nowMs !== undefined && (
          <span class="lanes-now" style={{ left: `${leftOf(axis, nowMs)}%` }} />
        )}
      </div>
    </div>
  );
}

/** The same object as long as it is equal: an axis that stays needs no lane to be drawn anew. */
function useSame(axis: TimeAxis): TimeAxis {
  const kept = useRef(axis);
  if (JSON.stringify(kept.current) !== JSON.stringify(axis)) kept.current = axis;
  return kept.current;
}

interface KeptRow {
  readonly props: LaneRowProps;
  readonly row: JSX.Element;
}

/** A lane whose every part is the same is the same element, which costs nothing to show again. */
function useKeptRows(): (props: LaneRowProps) => JSX.Element {
  const rows = useRef(new Map<string, KeptRow>());
  return (props) => {
    const { runId } = props.run.snapshot;
    const kept = rows.current.get(runId);
    if (kept !== undefined && isSame(kept.props, props)) return kept.row;
    const row = <LaneRow key={runId} {...props} />;
    rows.current.set(runId, { props, row });
    return row;
  };
}

function isSame(before: LaneRowProps, after: LaneRowProps): boolean {
  return Object.entries(after).every(
    ([name, value]) => before[name as keyof LaneRowProps] === value,
  );
}

/** Tells of elements that come into view, or nearly so, by the run that they name. */
function useSeen(onSeen: (runId: string) => void): IntersectionObserver {
  const seen = useMemo(() => {
    const look = (entries: readonly IntersectionObserverEntry[]): void => {
      for (const { isIntersecting, target } of entries) {
        const { runId } = (target as HTMLElement).dataset;
        if (isIntersecting && runId !== undefined) onSeen(runId);
      }
    };
    return new IntersectionObserver(look, { rootMargin: '200px' });
  }, [onSeen]);
  useEffect(() => () => seen.disconnect(), [seen]);
  return seen;
}

/** How wide the track is, in pixels. */
function useWidth(): { readonly ref: { current: HTMLDivElement | null }; readonly width: number } {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const track = ref.current as HTMLDivElement;
    const measure = (): void => setWidth(track.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(track);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
