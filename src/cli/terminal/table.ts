import type { Sink } from './sink.ts';
import { cutTo, oneLine, padTo, widthOf } from './text.ts';

/** A column: its cells as text, and what happens to it where the terminal is narrow. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Colours a cell that was cut and padded. */
  readonly paint?: (text: string, row: Row) => string;
  /** Left out first where there is no room: the highest number goes first; without one it stays. */
  readonly dropOrder?: number;
  readonly alignRight?: boolean;
}

const GAP = '  ';
/** What the last column should have at least before others are left out for it. */
const MIN_LAST = 14;

/** The lines of a table. The last column takes what is left; without a width nothing is cut or left out. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width, style }: { readonly width: number | undefined; readonly style: Sink['style'] },
): string[] {
  const all = columns.map((column) => {
    const cells = rows.map((row) => oneLine(column.cell(row)));
    return { column, cells, size: Math.max(widthOf(column.title), ...cells.map(widthOf)) };
  });
  const shown = [...all];
  const used = (): number =>
    shown.slice(0, -1).reduce((sum, { size }) => sum + size + GAP.length, 0);
  const room = (): number => (width === undefined ? Infinity : width - used());
  while (room() < Math.min(MIN_LAST, shown.at(-1)?.size ?? 0)) {
    const next = shown
      .filter(({ column }) => column.dropOrder !== undefined)
      .sort((a, b) => Number(b.column.dropOrder) - Number(a.column.dropOrder))[0];
    if (next === undefined) break;
    shown.splice(shown.indexOf(next), 1);
  }
  const last = shown.length - 1;
  const fit = (text: string, i: number): string => {
    const { size, column } = shown[i] as (typeof shown)[number];
    if (i === last) return Number.isFinite(room()) ? cutTo(text, Math.max(1, room())) : text;
    return column.alignRight ? ' '.repeat(size - widthOf(text)) + text : padTo(text, size);
  };
  const titles = shown
    .map(({ column }, i) => fit(column.title, i))
    .join(GAP)
    .trimEnd();
  const body = rows.map((row, r) =>
    shown
      .map(({ column, cells }, i) => {
        const text = fit(cells[r] ?? '', i);
        return column.paint === undefined ? text : column.paint(text, row);
      })
      .join(GAP)
      .trimEnd(),
  );
  return [style('dim', titles), ...body];
}
