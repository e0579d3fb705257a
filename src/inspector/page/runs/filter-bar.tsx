import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { RUN_STATUSES, type RunStatus } from '../../../machines/run-status.ts';
import { count } from '../format.ts';
import { StatusSign } from '../parts/status.tsx';
import { isNarrowed, type RunsFilter, showFilter } from './filter.ts';

const SPANS: readonly (readonly [minutes: number, text: string])[] = [
  [0, 'Any time'],
  [15, 'Last 15 minutes'],
  [60, 'Last hour'],
  [1_440, 'Last day'],
  [10_080, 'Last week'],
  [43_200, 'Last 30 days'],
];

/** The filter of the list: each status with how many there are, and what else narrows it. */
export function FilterBar({
  filter,
  counts,
}: {
  readonly filter: RunsFilter;
  readonly counts: Readonly<Record<RunStatus, number>> | undefined;
}): JSX.Element {
  return (
    <div class="filter">
      <div class="filter-statuses" role="group" aria-label="Status">
        {RUN_STATUSES.map((status) => (
          <StatusToggle key={status} status={status} filter={filter} number={counts?.[status]} />
        ))}
      </div>
      <div class="filter-fields">
        <TypedField name="text" label="Search id, prompt, result, error" filter={filter} isWide />
        <TypedField name="sessionId" label="Session" filter={filter} />
        <TypedField name="definition" label="Definition" filter={filter} />
        <select
          class="input"
          aria-label="Created"
          value={filter.minutes}
          onChange={(event) => showFilter({ minutes: Number(event.currentTarget.value) })}
        >
          {SPANS.map(([minutes, text]) => (
            <option key={minutes} value={minutes}>
              {text}
            </option>
          ))}
        </select>
        <select
          class="input"
          aria-label="Order"
          value={filter.order}
          onChange={(event) =>
            showFilter({ order: event.currentTarget.value === 'oldest' ? 'oldest' : 'newest' })
          }
        >
          <option value="newest">Newest first</option>
          <option value="oldest">Oldest first</option>
        </select>
        {isNarrowed(filter) && (
          <button type="button" class="button button-quiet" onClick={() => showFilter(NONE)}>
            Clear
          </button>
        )}
      </div>
    </div>
  );
}

const NONE = { status: [], sessionId: '', definition: '', text: '', minutes: 0 } as const;

function StatusToggle({
  status,
  filter,
  number,
}: {
  readonly status: RunStatus;
  readonly filter: RunsFilter;
  readonly number: number | undefined;
}): JSX.Element {
  const isOn = filter.status.includes(status);
  const toggle = (): void => {
    const others = filter.status.filter((other) => other !== status);
    showFilter({ status: isOn ? others : [...others, status] });
  };
  return (
    <button type="button" class={`toggle is-${status}`} aria-pressed={isOn} onClick={toggle}>
      <StatusSign status={status} />
      {status}
      <span class="number">{number === undefined ? '' : count(number)}</span>
    </button>
  );
}

/** Milliseconds after the last key until what was typed is asked for. */
const TYPED_MS = 250;

function TypedField({
  name,
  label,
  filter,
  isWide = false,
}: {
  readonly name: 'text' | 'sessionId' | 'definition';
  readonly label: string;
  readonly filter: RunsFilter;
  readonly isWide?: boolean;
}): JSX.Element {
  const [typed, setTyped] = useState(filter[name]);
  useEffect(() => setTyped(filter[name]), [filter[name]]);
  useEffect(() => {
    if (typed === filter[name]) return undefined;
    const timer = setTimeout(() => showFilter({ [name]: typed.trim() }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input
      class={`input ${isWide ? 'filter-wide' : ''}`}
      type="search"
      aria-label={label}
      placeholder={label}
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
