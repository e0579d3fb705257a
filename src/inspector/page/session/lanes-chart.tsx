import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isTerminal } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import { query, show } from '../location.ts';
import { now } from '../now.ts';
import { LaneRow, type LaneRowProps } from './lane-row.tsx';
import { busyOf, coarseSegments, lanesOf, type Segment, timeOf } from './lanes.ts';
import { segmentsAt, type SessionListed } from './session-runs.ts';
import { type Tick, ticksOf } from './ticks.ts';
import { instantAt, placeAt, type TimeScale, timeScale, type TimeSpan } from './time-scale.ts';
import { ZoomBar } from './zoom-bar.tsx';
import { parseZoom, windowOf, type Zoom, zoomed, zoomText } from './zoom.ts';

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
  const scale = useSame(timeScale(window, busy));
  const onZoom = (next: Zoom): void => show({ time: zoomText(next) });
  const { ref, width } = useTrack(scale, window, onZoom);
  const room = Math.max(2, Math.floor(width / TICK));
  const ticks = ticksOf(scale, { room, offsetMs });
  const [told, setTold] = useState<string>();
  const seen = useSeen(onSeen);
  const rowOf = useKeptRows();
  const isNowShown = isActive && nowMs <= scale.toMs && nowMs >= scale.fromMs;
  return (
    <>
      <ZoomBar
        zoom={zoom}
        window={window}
        isBroken={isBroken}
        onZoom={onZoom}
        onBroken={(next) => show({ idle: next ? undefined : 'shown' })}
      />
      <div class="lanes" onMouseLeave={() => setTold(undefined)}>
        <div class="lanes-axis" aria-hidden="true">
          <span />
          <div class="lanes-track" ref={ref}>
            <Ticks ticks={ticks} />
          </div>
        </div>
        <div class="lanes-body">
          <Background ticks={ticks} scale={scale} nowMs={isNowShown ? nowMs : undefined} />
          <ol class="plain" aria-label="Runs, the newest first">
            {lanes.map(({ run, depth }) => {
              const { runId, status } = run.snapshot;
              return rowOf({
                run,
                depth,
                known: segmentsAt(listed, run),
                scale,
                nowMs: isTerminal(status) ? scale.toMs : nowMs,
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

function Ticks({ ticks }: { readonly ticks: readonly Tick[] }): JSX.Element {
  return (
    <>
      {ticks.map(({ atMs, at, text, isDay }) => (
        <span
          key={atMs}
          class={`tick number ${isDay ? 'is-day' : ''}`}
          style={{ left: `${at * 100}%` }}
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
  scale,
  nowMs,
}: {
  readonly ticks: readonly Tick[];
  readonly scale: TimeScale;
  readonly nowMs: number | undefined;
}): JSX.Element {
  return (
    <div class="lanes-back" aria-hidden="true">
      <span />
      <div class="lanes-track">
        {ticks.map(({ atMs, at }) => (
          <span key={atMs} class="lanes-line" style={{ left: `${at * 100}%` }} />
        ))}
        {scale.stretches
          .filter(({ isBreak }) => isBreak)
          .map(({ from, to }) => (
            <span
              key={from}
              class="lanes-break"
              style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
            />
          ))}
        {nowMs !== undefined && (
          <span class="lanes-now" style={{ left: `${placeAt(scale, nowMs) * 100}%` }} />
        )}
      </div>
    </div>
  );
}

/** The same object as long as it is equal: an axis that stays needs no lane to be drawn anew. */
function useSame(scale: TimeScale): TimeScale {
  const kept = useRef(scale);
  if (JSON.stringify(kept.current) !== JSON.stringify(scale)) kept.current = scale;
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

/** How much one step of the wheel zooms. */
const WHEEL = 1.25;

/** How wide the track is, and the wheel with Ctrl over it: a mere wheel scrolls the page. */
function useTrack(
  scale: TimeScale,
  window: TimeSpan,
  onZoom: (zoom: Zoom) => void,
): { readonly ref: { current: HTMLDivElement | null }; readonly width: number } {
  const ref = useRef<HTMLDivElement>(null);
  const width = useMemo(() => signal(800), []);
  const at = useRef({ scale, window });
  at.current = { scale, window };
  useLayoutEffect(() => {
    const track = ref.current as HTMLDivElement;
    const measure = (): void => {
      width.value = track.clientWidth;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(track);
    return () => observer.disconnect();
  }, [width]);
  useEffect(() => {
    const track = ref.current as HTMLDivElement;
    const box = track.closest('.lanes') as HTMLElement;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, width } = track.getBoundingClientRect();
      const place = Math.min(1, Math.max(0, (event.clientX - left) / width));
      const times = event.deltaY > 0 ? WHEEL : 1 / WHEEL;
      onZoom(zoomed(at.current.window, times, instantAt(at.current.scale, place)));
    };
    box.addEventListener('wheel', onWheel, { passive: false });
    return () => box.removeEventListener('wheel', onWheel);
  }, []);
  return { ref, width: width.value };
}

function offsetMs(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000;
}
