import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { counted } from '../../format.ts';
import { show } from '../../location.ts';
import type { Mention } from '../run-parts.ts';
import type { OutputFilter } from './output-rows.ts';

interface OutputsBarProps {
  readonly mentions: readonly Mention[];
  readonly filter: Signal<OutputFilter>;
  readonly shown: number;
  readonly isLineage: boolean;
}

export function OutputsBar({ mentions, filter, shown, isLineage }: OutputsBarProps): JSX.Element {
  const change = (part: Partial<OutputFilter>): void => {
    filter.value = { ...filter.value, ...part };
  };
  return (
    <div class="panel-bar outputs-bar">
      {!isLineage && (
        <>
          <input
            class="input"
            type="search"
            placeholder="Find by name"
            aria-label="Find an output by its name"
            value={filter.value.text}
            onInput={(event) => change({ text: event.currentTarget.value })}
          />
          <Choice
            label="Kind of output"
            all="All kinds"
            values={valuesOf(mentions, 'kind')}
            value={filter.value.kind}
            onValue={(kind) => change({ kind })}
          />
          <Choice
            label="Producer"
            all="All producers"
            values={valuesOf(mentions, 'producer')}
            value={filter.value.producer}
            onValue={(producer) => change({ producer })}
          />
        </>
      )}
      <span class="faint number" role="status">
        {isLineage ? 'What was made from what' : counted(shown, 'output')}
      </span>
      <div class="outputs-views" role="group" aria-label="How outputs are shown">
        <button
          type="button"
          class="button"
          aria-pressed={!isLineage}
          onClick={() => show({ as: undefined })}
        >
          List
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={isLineage}
          onClick={() => show({ as: 'lineage' })}
        >
          Lineage
        </button>
      </div>
    </div>
  );
}

function valuesOf(mentions: readonly Mention[], member: string): readonly string[] {
  return [...new Set(mentions.map(({ event }) => String(event[member])))].toSorted();
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly values: readonly string[];
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function Choice({ label, all, values, value, onValue }: ChoiceProps): JSX.Element {
  const offered = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <select
      class="input"
      aria-label={label}
      value={value}
      onChange={(event) => onValue(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {offered.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
