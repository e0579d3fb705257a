import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { isTerminal } from '../../../machines/run-status.ts';
import type { RunInfo } from '../../../runtime.ts';
import { age, count, dateTime, duration, shortId } from '../format.ts';
import { go, hrefOf } from '../location.ts';
import { now } from '../now.ts';
import { Empty, Waiting } from '../parts/notes.tsx';
import { Status } from '../parts/status.tsx';
import { isNarrowed, type RunsFilter } from './filter.ts';
import type { RunsList } from './runs-list.ts';
import { type Column, nextSorting, type Sorting, sortRows } from './sort-rows.ts';
import { standingOf } from './standing.ts';
import { runName } from '../parts/run-name.ts';
import { StandingTag } from './standing-tag.tsx';

export interface RunsTableProps {
  readonly list: RunsList;
  readonly filter: RunsFilter;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

/** The runs of a list, one row each; on a narrow screen one card each. */
export function RunsTable({ list, filter, chosen, onChoose }: RunsTableProps): JSX.Element {
  const { runs, cursor, isAsking, isKnown, error } = list.listed.value;
  const [sorting, setSorting] = useState<Sorting>();
  if (!isKnown && error === undefined) return <Waiting lines={6} />;
  if (runs.length === 0 && cursor === null) return <NoRuns filter={filter} isKnown={isKnown} />;
  const head = (column: Column, title: string, isRight = false): JSX.Element => (
    <Head
      column={column}
      title={title}
      isRight={isRight}
      sorting={sorting}
      onSort={() => setSorting(nextSorting(sorting, column))}
    />
  );
  const active = runs.filter(({ snapshot }) => !isTerminal(snapshot.status));
  const isAll = active.length > 0 && active.every(({ snapshot }) => chosen.has(snapshot.runId));
  const chooseAll = (): void =>
    onChoose(new Set(isAll ? [] : active.map(({ snapshot }) => snapshot.runId)));
  return (
    <>
      <table class="runs">
        <thead>
          <tr>
            <th class="runs-check">
              <input
                type="checkbox"
                aria-label="Choose all active runs that are shown"
                checked={isAll}
                disabled={active.length === 0}
                onChange={chooseAll}
              />
            </th>
            {head('status', 'Status')}
            <th>Run</th>
            {head('session', 'Session')}
            {head('attempt', 'Attempt', true)}
            {head('events', 'Events', true)}
            {head('took', 'Took', true)}
            <th class="right">Created</th>
          </tr>
        </thead>
        <tbody>
          {sortRows(runs, sorting, now.value).map((run) => (
            <RunRow
              key={run.snapshot.runId}
              run={run}
              isChosen={chosen.has(run.snapshot.runId)}
              onChoose={(isChosen) => onChoose(withOr(chosen, run.snapshot.runId, isChosen))}
            />
          ))}
        </tbody>
      </table>
      <div class="runs-foot row">
        <span class="soft number">
          {count(runs.length)} shown{cursor === null ? ', which is all' : ''}
          {sorting !== undefined && cursor !== null ? '; sorted among those shown' : ''}
        </span>
        <span class="spread" />
        {cursor !== null && (
          <button type="button" class="button" disabled={isAsking} onClick={() => void list.more()}>
            {isAsking ? 'Loading…' : 'Show more'}
          </button>
        )}
      </div>
    </>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly title: string;
  readonly isRight: boolean;
  readonly sorting: Sorting | undefined;
  readonly onSort: () => void;
}

function Head({ column, title, isRight, sorting, onSort }: HeadProps): JSX.Element {
  const isBy = sorting?.column === column;
  const order = sorting?.isDescending === true ? 'descending' : 'ascending';
  return (
    <th class={isRight ? 'right' : ''} aria-sort={isBy ? order : 'none'}>
      <button type="button" class="runs-sort" onClick={onSort}>
        {title}
        <span aria-hidden="true">{isBy ? (order === 'descending' ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

function NoRuns({
  filter,
  isKnown,
}: {
  readonly filter: RunsFilter;
  readonly isKnown: boolean;
}): JSX.Element {
  if (!isKnown) return <Empty title="Nothing to show yet" />;
  if (isNarrowed(filter)) {
    return <Empty title="No run fits this filter">Take something out of it to see more.</Empty>;
  }
  return (
    <Empty title="There are no runs yet">
      <span>
        Start one with <code>runtime.start</code>, or <code>runchart exec -- COMMAND</code>: it
        shows up here at once.
      </span>
    </Empty>
  );
}

function withOr(
  chosen: ReadonlySet<string>,
  runId: string,
  isChosen: boolean,
): ReadonlySet<string> {
  const next = new Set(chosen);
  if (isChosen) next.add(runId);
  else next.delete(runId);
  return next;
}

interface RunRowProps {
  readonly run: RunInfo;
  readonly isChosen: boolean;
  readonly onChoose: (isChosen: boolean) => void;
}

function RunRow({ run, isChosen, onChoose }: RunRowProps): JSX.Element {
  const { runId, sessionId, status, prompt, definition, attempt, eventCount, lateCount } =
    run.snapshot;
  const { createdAtMs, updatedAtMs, parentRunId, forkedFrom } = run.snapshot;
  const isOver = isTerminal(status);
  const standing = standingOf(run);
  const href = hrefOf({ view: 'run', runId });
  const open = (event: MouseEvent): void => {
    if ((event.target as Element).closest('a, input, label') === null) go(href);
  };
  return (
    <tr class={isChosen ? 'is-chosen' : ''} onClick={open}>
      <td class="runs-check">
        <input
          type="checkbox"
          aria-label={`Choose run ${runId}`}
          checked={isChosen}
          disabled={isOver}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </td>
      <td class="runs-status">
        <Status status={status} />
      </td>
      <td class="runs-name">
        <a class="cut" href={href} title={prompt}>
          {runName(run.snapshot)}
        </a>
        <span class="row runs-sub">
          {definition !== null && <span class="soft">{definition}</span>}
          <span class="mono faint" title={runId}>
            {shortId(runId)}
          </span>
          {standing !== undefined && <StandingTag standing={standing} />}
          {parentRunId !== null && <span class="tag">child</span>}
          {forkedFrom !== null && <span class="tag">fork</span>}
          {lateCount > 0 && <span class="tag">{count(lateCount)} late</span>}
        </span>
      </td>
      <td class="runs-session" data-label="Session">
        {sessionId === runId ? (
          <span class="faint">its own</span>
        ) : (
          <a class="cut" href={hrefOf({ view: 'session', sessionId })}>
            {sessionId}
          </a>
        )}
      </td>
      <td class="right number" data-label="Attempt">
        {attempt === 0 ? '·' : attempt}
      </td>
      <td class="right number" data-label="Events">
        {count(eventCount)}
      </td>
      <td class="right number" data-label="Took">
        {duration((isOver ? updatedAtMs : Math.max(now.value, updatedAtMs)) - createdAtMs)}
      </td>
      <td class="right number" data-label="Created" title={dateTime(createdAtMs)}>
        {age(now.value - createdAtMs)}
      </td>
    </tr>
  );
}
