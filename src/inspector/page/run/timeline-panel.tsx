import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BUILT_IN_TYPES } from '../../../machines/index.ts';
import { clockTime, count, counted, dateTime, duration } from '../format.ts';
import { Empty } from '../parts/notes.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { EventDetails } from './event-details.tsx';
import { type EventFilter, EVERYTHING, findEvents, isEverything } from './event-filter.ts';
import { eventText } from './event-text.ts';
import { effectOf } from './event-effect.ts';
import type { PanelProps } from './panels.tsx';
import type { Player } from './player.ts';
import type { RunStore } from './run-store.ts';

/** Pixels of one event. */
const ROW = 34;

/** Every event of the log, those up to the moment that is looked at; a click goes to the moment of one. */
export function TimelinePanel({ store, player }: PanelProps): JSX.Element {
  const [filter, setFilter] = useState(EVERYTHING);
  const found = useFound(store, filter);
  const until = useComputed(() => store.moment.value.seq).value;
  const { model } = store;
  const total = model.events.length;
  const places = found?.places;
  const size = places === undefined ? total : places.length;
  const placeOf = (row: number): number => (places === undefined ? row : (places[row] as number));
  const at = until - model.firstSeq;
  const shown = places === undefined ? at : lastUpTo(places, at);
  return (
    <div class="timeline">
      <TimelineFilter
        filter={filter}
        onFilter={setFilter}
        found={found}
        reading={store.reading.value}
        total={total}
      />
      {size === 0 ? (
        <Empty title={total === 0 ? 'The log is being read' : 'No event fits'} />
      ) : (
        <VirtualRows
          label="Events"
          count={size}
          height={ROW}
          shown={shown}
          keyOf={(row) => placeOf(row)}
          row={(row) => <EventRow store={store} player={player} place={placeOf(row)} at={at} />}
        />
      )}
      <EventDetails store={store} player={player} />
    </div>
  );
}

interface Found {
  readonly places: readonly number[];
  readonly isDone: boolean;
}

/** What fits the filter, as it is found; undefined: everything does. */
function useFound(store: RunStore, filter: EventFilter): Found | undefined {
  const [found, setFound] = useState<Found>();
  const size = store.version.value;
  const key = JSON.stringify(filter);
  useEffect(() => {
    if (isEverything(filter)) {
      setFound(undefined);
      return undefined;
    }
    const over = new AbortController();
    const places: number[] = [];
    const onFound = (more: readonly number[]): void => {
      places.push(...more);
      if (!over.signal.aborted) setFound({ places: [...places], isDone: false });
    };
    void findEvents(store.model, filter, { signal: over.signal, onFound }).then(() => {
      if (!over.signal.aborted) setFound({ places, isDone: true });
    });
    return () => over.abort();
  }, [key, size]);
  return isEverything(filter) ? undefined : found;
}

function lastUpTo(places: readonly number[], at: number): number {
  const next = places.findIndex((place) => place > at);
  return next === -1 ? places.length - 1 : next - 1;
}

const KINDS = [...new Set(BUILT_IN_TYPES.map((type) => type.split('.')[0] as string))];

interface TimelineFilterProps {
  readonly filter: EventFilter;
  readonly onFilter: (filter: EventFilter) => void;
  readonly found: Found | undefined;
  readonly reading: string;
  readonly total: number;
}

function TimelineFilter({
  filter,
  onFilter,
  found,
  reading,
  total,
}: TimelineFilterProps): JSX.Element {
  return (
    <div class="timeline-filter">
      <input
        id="timeline-search"
        class="input"
        type="search"
        placeholder="Search in payloads"
        aria-label="Search in payloads"
        value={filter.text}
        onInput={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
      />
      <select
        class="input"
        aria-label="Kind of event"
        value={filter.kind}
        onChange={(event) => onFilter({ ...filter, kind: event.currentTarget.value })}
      >
        <option value="">All kinds</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
        <option value="custom">custom</option>
      </select>
      <label class="row">
        <input
          type="checkbox"
          checked={filter.onlyLate}
          onChange={(event) => onFilter({ ...filter, onlyLate: event.currentTarget.checked })}
        />
        late
      </label>
      <span class="faint number timeline-count" role="status">
        {found !== undefined
          ? `${counted(found.places.length, 'event')} ${found.isDone ? 'found' : 'so far'}`
          : reading === 'reading'
            ? `reading, ${count(total)}…`
            : ''}
      </span>
    </div>
  );
}

interface EventRowProps {
  readonly store: RunStore;
  readonly player: Player;
  readonly place: number;
  readonly at: number;
}

function EventRow({ store, player, place, at }: EventRowProps): JSX.Element | null {
  const { events } = store.model;
  const envelope = events[place];
  if (envelope === undefined) return null;
  const { seq, emittedAtMs, event, late } = envelope;
  const gapMs = emittedAtMs - (events[place - 1]?.emittedAtMs ?? emittedAtMs);
  const effect = effectOf(store.model, seq);
  const when = place > at ? 'is-later' : place === at ? 'is-at' : '';
  return (
    <button
      type="button"
      class={`list-row event ${when} ${late ? 'is-late' : ''}`}
      aria-current={place === at ? 'true' : undefined}
      onClick={() => player.goTo(seq)}
    >
      <span class="event-seq number">{seq}</span>
      <span class="event-time number" title={dateTime(emittedAtMs)}>
        {clockTime(emittedAtMs)}
      </span>
      <span class={`event-type kind-${event.type.split('.')[0]}`}>{event.type}</span>
      <span class="event-text cut">{eventText(envelope)}</span>
      {effect.kind !== 'plain' && (
        <span class={`tag effect-${effect.kind}`} title={effect.why}>
          {effect.text}
        </span>
      )}
      {gapMs >= 1_000 && <span class="event-gap faint number">+{duration(gapMs)}</span>}
    </button>
  );
}
