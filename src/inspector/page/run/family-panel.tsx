import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { dateTime } from '../format.ts';
import { hrefOf } from '../location.ts';
import { ErrorNote, Waiting } from '../parts/notes.tsx';
import { Status } from '../parts/status.tsx';
import { standingOf } from '../runs/standing.ts';
import { Family, type Offspring, type Relative } from './family.ts';
import type { PanelProps } from './panels.tsx';
import type { RunStore } from './run-store.ts';
import { runName } from '../parts/run-name.ts';
import { StandingTag } from '../runs/standing-tag.tsx';

/** Where the run came from, and what came out of it: parents, children and forks. */
export function FamilyPanel({ store }: PanelProps): JSX.Element {
  const family = useMemo(() => new Family(store.runId), [store.runId]);
  useEffect(() => () => family.close(), [family]);
  const version = store.version.value;
  const told = useMemo(() => toldBy(store), [store, version]);
  const line = family.line.value;
  const { isLive } = store.moment.value;
  const error = family.error.value;
  const [first, ...below] = line;
  return (
    <div class="family">
      {error !== undefined && (
        <ErrorNote
          error={error}
          what="The family of this run could not be read"
          onRetry={() => void family.again()}
        />
      )}
      {first === undefined ? (
        error === undefined && <Waiting lines={4} />
      ) : (
        <>
          {!isLive && (
            <p class="note family-note">
              Each status is the one of now. Runs that were not there yet at the moment that you
              look at are faint.
            </p>
          )}
          {family.isCutAbove.value && (
            <p class="soft">There are more generations above: open the first run to see them.</p>
          )}
          <ul class="family-list" aria-label="Family of this run">
            <Node store={store} family={family} told={told} relative={first} line={below} />
          </ul>
        </>
      )}
    </div>
  );
}

interface NodeProps {
  readonly store: RunStore;
  readonly family: Family;
  readonly told: ReadonlyMap<string, Told>;
  readonly relative: Relative;
  /** The way from here down to the run itself: it is shown wherever it stands in the list. */
  readonly line: readonly Relative[];
}

function Node({ store, family, told, relative, line }: NodeProps): JSX.Element {
  const { runId, run } = relative;
  const isThis = runId === store.runId;
  const [isOpen, setOpen] = useState(isThis || line.length > 0);
  const offspring = family.of(runId).value;
  const listed = withLine(offspring.relatives, line[0]);
  const relatives = isThis ? [...listed, ...goneOf(told, offspring)] : listed;
  const isEmpty = offspring.isKnown && relatives.length === 0;
  const toggle = (): void => {
    setOpen(!isOpen);
    if (!isOpen) void family.open(runId);
  };
  const name = run ? runName(run.snapshot) : runId;
  const row = useRef<HTMLDivElement>(null);
  const isBeside = family.line.value.every((one) => family.of(one.runId).value.isKnown);
  useEffect(() => {
    if (isThis && isBeside) bringIntoPanel(row.current);
  }, [isThis, isBeside]);
  return (
    <li>
      <div
        ref={row}
        class={`relative ${isThis ? 'is-this' : ''} ${isLater(store, told, relative) ? 'is-later' : ''}`}
      >
        {run === null || isEmpty ? (
          <span class="relative-open" aria-hidden="true">
            ·
          </span>
        ) : (
          <button
            type="button"
            class="relative-open"
            aria-expanded={isOpen}
            aria-label={`What came out of ${name}`}
            onClick={toggle}
          >
            {isOpen ? '▾' : '▸'}
          </button>
        )}
        <RelativeText relative={relative} isThis={isThis} />
      </div>
      {isOpen && !isEmpty && (
        <ul class="family-list">
          {relatives.map((one) => (
            <Node
              key={one.runId}
              store={store}
              family={family}
              told={told}
              relative={one}
              line={one.runId === line[0]?.runId ? line.slice(1) : []}
            />
          ))}
          <Rest family={family} runId={runId} />
        </ul>
      )}
    </li>
  );
}

/** Scrolls the panel, and only the panel, so far that the row is seen. */
function bringIntoPanel(row: HTMLElement | null): void {
  const panel = row?.closest('.run-panel');
  if (!row || !panel) return;
  const below = row.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
  if (below > 0) panel.scrollTop += below + row.clientHeight;
}

function Rest({
  family,
  runId,
}: {
  readonly family: Family;
  readonly runId: string;
}): JSX.Element | null {
  const { cursors, isAsking, isKnown, error } = family.of(runId).value;
  if (error !== undefined) {
    return (
      <li>
        <ErrorNote
          error={error}
          what="What came out of this run could not be listed"
          onRetry={() => void family.open(runId)}
        />
      </li>
    );
  }
  if (!isKnown) return <li class="faint relative-rest">Loading…</li>;
  if (cursors.child === null && cursors.fork === null) return null;
  return (
    <li class="relative-rest">
      <button
        type="button"
        class="button"
        disabled={isAsking}
        onClick={() => void family.more(runId)}
      >
        {isAsking ? 'Loading…' : 'Show more'}
      </button>
    </li>
  );
}

function RelativeText({
  relative: { runId, kinship, run },
  isThis,
}: {
  readonly relative: Relative;
  readonly isThis: boolean;
}): JSX.Element {
  const kin = kinship === 'root' ? undefined : kinship;
  if (run === null) {
    return (
      <span class="relative-text">
        {kin !== undefined && <span class="tag">{kin}</span>}
        <span class="mono">{runId}</span>
        <span class="faint">was deleted</span>
      </span>
    );
  }
  const { definition, status, forkedFrom, createdAtMs } = run?.snapshot ?? {};
  const standing = run && standingOf(run);
  const text = run ? runName(run.snapshot) : runId;
  return (
    <span class="relative-text">
      {status !== undefined && <Status status={status} />}
      {isThis ? (
        <strong aria-current="true">
          {text} <span class="only-heard">(this run)</span>
        </strong>
      ) : (
        <a href={hrefOf({ view: 'run', runId }, { panel: 'family' })}>{text}</a>
      )}
      {kin !== undefined && (
        <span class="tag">
          {kin === 'fork' && forkedFrom ? `fork at super-step ${forkedFrom.superStep}` : kin}
        </span>
      )}
      {standing !== undefined && <StandingTag standing={standing} />}
      <span class="relative-facts faint">
        {definition !== null && text !== definition && <span>{definition}</span>}
        {text !== runId && <span class="mono">{runId}</span>}
        {createdAtMs !== undefined && <span class="number">{dateTime(createdAtMs)}</span>}
      </span>
    </span>
  );
}

/** The next one on the way to the run itself may stand on a page that is not there yet. */
function withLine(relatives: readonly Relative[], next: Relative | undefined): readonly Relative[] {
  if (next === undefined || relatives.some(({ runId }) => runId === next.runId)) return relatives;
  return [next, ...relatives];
}

/** A run that came out of this one, as its log tells. */
interface Told {
  readonly seq: number;
  readonly kinship: 'child' | 'fork';
}

function toldBy({ model }: RunStore): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>();
  const { children, forks } = model.parts;
  for (const { seq, event } of children)
    told.set(String(event['childRunId']), { seq, kinship: 'child' });
  for (const { seq, event } of forks)
    told.set(String(event['forkRunId']), { seq, kinship: 'fork' });
  return told;
}

/** Of those that were deleted so many are shown. */
const MOST_GONE = 100;

/** Children and forks that the log tells of, and that the complete list has not: they were deleted. */
function goneOf(told: NodeProps['told'], offspring: Offspring): readonly Relative[] {
  const { isKnown, isAsking, cursors, relatives } = offspring;
  if (!isKnown || isAsking || cursors.child !== null || cursors.fork !== null) return [];
  const listed = new Set(relatives.map(({ runId }) => runId));
  return [...told]
    .filter(([runId]) => !listed.has(runId))
    .slice(0, MOST_GONE)
    .map(([runId, { kinship }]) => ({ runId, kinship, run: null }));
}

/** Whether a run was not there yet at the moment that is looked at: by the log, where it tells. */
function isLater(store: RunStore, told: NodeProps['told'], { runId, run }: Relative): boolean {
  const { isLive, seq, atMs } = store.moment.value;
  if (isLive || runId === store.runId) return false;
  const mention = told.get(runId);
  if (mention !== undefined) return mention.seq > seq;
  return run !== null && run !== undefined && run.snapshot.createdAtMs > atMs;
}
