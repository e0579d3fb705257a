import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { counted } from '../../format.ts';
import { parseCsv } from './csv.ts';
import { TextView } from './text-view.tsx';

/** A table with more rows than this is shown as text. */
const ROWS = 500;
const COLUMNS = 40;

/** Comma-separated values as a table when they are small, else as text. */
export function TableView({ text }: { readonly text: string }): JSX.Element {
  const rows = useMemo(() => parseCsv(text, ROWS + 1), [text]);
  const [isText, setText] = useState(false);
  const isSmall = rows.length <= ROWS && rows.every(({ length }) => length <= COLUMNS);
  const [head = [], ...body] = rows;
  if (!isSmall) return <TextView text={text} />;
  return (
    <div class="table-view">
      <div class="row">
        <span class="faint number">{counted(body.length, 'row')}</span>
        <label class="row">
          <input
            type="checkbox"
            checked={isText}
            onChange={(event) => setText(event.currentTarget.checked)}
          />
          as text
        </label>
      </div>
      {isText ? (
        <TextView text={text} />
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Table">
          <table>
            <thead>
              <tr>
                {head.map((cell, index) => (
                  <th key={index} scope="col">
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {body.map((cells, index) => (
                <tr key={index}>
                  {cells.map((cell, column) => (
                    <td key={column}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
