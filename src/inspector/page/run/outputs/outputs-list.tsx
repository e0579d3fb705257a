import type { JSX } from 'preact';
import { bytes, clockTime, dateTime } from '../../format.ts';
import { chooseByArrows } from '../../parts/choose-by-arrows.ts';
import { VirtualRows } from '../../parts/virtual-rows.tsx';
import { noteOf, type OutputRow } from './output-rows.ts';

/** Pixels of one output. */
const ROW = 44;

interface OutputsListProps {
  readonly rows: readonly OutputRow[];
  readonly chosenId: string | null;
  readonly onChoose: (id: string | undefined) => void;
}

export function OutputsList({ rows, chosenId, onChoose }: OutputsListProps): JSX.Element {
  const at = chosenId === null ? -1 : rows.findIndex(({ id }) => id === chosenId);
  return (
    <div
      class="outputs-list"
      onKeyDown={(event) => {
        const idOf = (index: number): string | undefined => rows[index]?.id;
        chooseByArrows(event, { attribute: 'data-output', at, idOf, onChoose });
      }}
    >
      <VirtualRows
        label="Outputs; arrows up and down choose one"
        count={rows.length}
        height={ROW}
        {...(at >= 0 && { shown: at })}
        keyOf={(index) => rows[index]?.id ?? index}
        row={(index) => {
          const row = rows[index];
          return row === undefined ? null : (
            <Row row={row} isChosen={row.id === chosenId} onChoose={onChoose} />
          );
        }}
      />
    </div>
  );
}

interface RowProps {
  readonly row: OutputRow;
  readonly isChosen: boolean;
  readonly onChoose: (id: string | undefined) => void;
}

function Row({ row, isChosen, onChoose }: RowProps): JSX.Element {
  const { id, kind, title, producer, size, atMs, record } = row;
  const note = noteOf(row);
  const task = record !== undefined && record.taskId !== record.runId ? record.taskId : undefined;
  const isRefused = record?.event.type === 'final' && !record.event.ok;
  return (
    <div class="output-row">
      <button
        type="button"
        class={`list-row output ${isChosen ? 'is-chosen' : ''}`}
        data-output={id}
        aria-pressed={isChosen}
        onClick={() => onChoose(isChosen ? undefined : id)}
      >
        <span class={`tag output-kind output-${kind}`}>{kind}</span>
        <span class="output-title">
          <span class="cut">
            {title}
            {note !== '' && <span class="soft"> {note}</span>}
            {isRefused && <span class="tag tag-failed">not ok</span>}
          </span>
          <span class="output-by faint cut">
            by {producer}
            {task !== undefined && ` for ${task}`}
          </span>
        </span>
        <span class="output-facts number">
          <span>{size === undefined ? '' : bytes(size)}</span>
          <span class="faint" title={dateTime(atMs)}>
            {clockTime(atMs)}
          </span>
        </span>
      </button>
    </div>
  );
}
