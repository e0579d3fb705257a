import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isTerminal } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import { clockTime, counted, dateTime, duration } from '../format.ts';
import { hrefOf } from '../location.ts';
import { Status, StatusSign } from '../parts/status.tsx';
import { placeOf, shareOf, type TimeAxis, wholeOf } from '../parts/time/time-axis.ts';
import { standingOf } from '../runs/standing.ts';
import { coarseSegments, type Segment } from './lanes.ts';
import { runName } from '../parts/run-name.ts';

export interface LaneRowProps {
  readonly run: RunInfo;
  /** How many runs above it are its parents. */
  readonly depth: number;
  /** What its log told; undefined: what the list tells has to do. */
  readonly known: readonly Segment[] | undefined;
  readonly axis: TimeAxis;
  readonly nowMs: number;
  /** Is told of the lane, so that it knows when it comes into view. */
  readonly seen: IntersectionObserver;
  /** More of it is told beside it. */
  readonly isTold: boolean;
  readonly onTell: (runId: string | undefined) => void;
}

/** Pixels that what is told of a lane needs beneath it. */
const TIP = 130;
/** The deepest children that are still indented. */
const DEEPEST = 4;

/** One run: a link with its name, and its bar. */
export function LaneRow(props: LaneRowProps): JSX.Element {
  const { run, depth, known, axis, nowMs, seen, isTold, onTell } = props;
  const segments = known ?? coarseSegments(run);
  const { runId, status } = run.snapshot;
  const standing = standingOf(run);
  const row = useRef<HTMLLIElement>(null);
  const [isLow, setLow] = useState(false);
  useEffect(() => {
    const element = row.current as HTMLLIElement;
    seen.observe(element);
    return () => seen.unobserve(element);
  }, [seen]);
  const tell = (): void => {
    const { bottom } = (row.current as HTMLLIElement).getBoundingClientRect();
    setLow(bottom > innerHeight - TIP);
    onTell(runId);
  };
  return (
    <li class="lane" ref={row} data-run-id={runId} onMouseEnter={tell}>
      <a
        class="lane-link"
        href={hrefOf({ view: 'run', runId })}
        onFocus={tell}
        onBlur={() => onTell(undefined)}
      >
        <span
          class={`lane-name is-${status}`}
          style={{ paddingLeft: `${Math.min(depth, DEEPEST) * 16}px` }}
        >
          {depth > 0 && (
            <span class="faint" aria-hidden="true">
              └
            </span>
          )}
          <StatusSign status={status} />
          <span class="cut">{runName(run.snapshot)}</span>
          <span class="only-heard">
            , {status}
            {standing !== undefined && `, ${standing.text}`}, {spanText(run, nowMs)}
          </span>
        </span>
        <span class="lanes-track lane-track" aria-hidden="true">
          {segments.map((segment) => (
            <Bar key={segment.fromMs} segment={segment} axis={axis} nowMs={nowMs} />
          ))}
          <Cap run={run} segments={segments} axis={axis} />
        </span>
      </a>
      {isTold && (
        <Tip
          run={run}
          at={leftOf(axis, run.snapshot.createdAtMs) / 100}
          isLow={isLow}
          nowMs={nowMs}
        />
      )}
    </li>
  );
}

interface BarProps {
  readonly segment: Segment;
  readonly axis: TimeAxis;
  readonly nowMs: number;
}

function Bar({ segment, axis, nowMs }: BarProps): JSX.Element | null {
  const { status, isWaiting, fromMs, toMs } = segment;
  const endMs = toMs ?? Math.max(nowMs, fromMs);
  if (endMs < axis.fromMs || fromMs > axis.toMs) return null;
  const from = leftOf(axis, fromMs);
  return (
    <span
      class={`bar is-${status} ${isWaiting ? 'is-waiting' : ''} ${toMs === null ? 'is-open' : ''}`}
      style={{ left: `${from}%`, width: `${leftOf(axis, endMs) - from}%` }}
    />
  );
}

/** How it ended, at the end of its bar. */
function Cap({
  run: { snapshot },
  segments,
  axis,
}: {
  readonly run: RunInfo;
  readonly segments: readonly Segment[];
  readonly axis: TimeAxis;
}): JSX.Element | null {
  const endMs = segments.at(-1)?.toMs;
  if (!isTerminal(snapshot.status) || endMs === undefined || endMs === null) return null;
  if (endMs < axis.fromMs || endMs > axis.toMs) return null;
  return <span class={`cap is-${snapshot.status}`} style={{ left: `${leftOf(axis, endMs)}%` }} />;
}

/** What a bar says, for who points at it or has come to it by the keyboard. A reader has heard it in the link. */
function Tip({
  run,
  at,
  isLow,
  nowMs,
}: {
  readonly run: RunInfo;
  readonly at: number;
  /** There is no room beneath the lane. */
  readonly isLow: boolean;
  readonly nowMs: number;
}): JSX.Element {
  const { runId, status, definition, sessionId, attempt, eventCount, createdAtMs } = run.snapshot;
  const standing = standingOf(run);
  return (
    <div
      class={`lane-tip ${isLow ? 'is-low' : ''}`}
      aria-hidden="true"
      style={{ '--at': String(Math.min(0.7, at)) }}
    >
      <span class="row">
        <Status status={status} />
        {standing !== undefined && <span class="tag">{standing.text}</span>}
        <span class="mono faint cut">{runId}</span>
      </span>
      <span class="number">
        {dateTime(createdAtMs)}, {spanText(run, nowMs)}
      </span>
      <span class="soft">
        {definition ?? 'by hand'}, {counted(attempt, 'attempt')}, {counted(eventCount, 'event')},
        session {sessionId === runId ? 'its own' : sessionId}
      </span>
    </div>
  );
}

/** Where an instant is on all of an axis, in per cent of it. */
export function leftOf(axis: TimeAxis, atMs: number): number {
  return shareOf(placeOf(axis, atMs), wholeOf(axis));
}

function spanText({ snapshot }: RunInfo, nowMs: number): string {
  const { createdAtMs, updatedAtMs, status } = snapshot;
  if (!isTerminal(status)) return `for ${duration(Math.max(0, nowMs - createdAtMs))} so far`;
  return `took ${duration(updatedAtMs - createdAtMs)}, until ${clockTime(updatedAtMs)}`;
}
