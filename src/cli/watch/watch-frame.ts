import { stripVTControlCharacters } from 'node:util';
import type { RunInfo } from '../../index.ts';
import { RUN_STATUSES } from '../../machines/index.ts';
import type { Size } from '../terminal/full-screen.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { tableLines } from '../terminal/table.ts';
import { cutTo, oneLine, padTo, widthOf } from '../terminal/text.ts';
import type { RunCounts } from './live-list.ts';
import { needOf, type Section } from './need-of.ts';
import { type ColumnPicture, watchColumns } from './watch-columns.ts';

/** What there is to see of a watch. */
export interface WatchPicture extends ColumnPicture {
  /** undefined until they are counted for the first time. */
  readonly counts: RunCounts | undefined;
  /** In the order in which they are shown. */
  readonly runs: readonly RunInfo[];
  readonly selected: number;
  /** A question, or what came of the last key; in place of the keys. */
  readonly notice: string | undefined;
}

/** Rows around the list: counts, titles of the columns, keys. */
const AROUND = 3;
/** Before each row: where the mark of the selected one is. */
const MARGIN = 2;
const KEYS = 'q quit   ↑↓ select   Enter look   c cancel';
const SHORT_KEYS = 'q quit  ↑↓  Enter  c cancel';

interface Entry {
  readonly title?: Section;
  readonly info?: RunInfo;
}

/** The whole list as a frame, and the runs that are to be seen in it. */
export function watchFrame(
  picture: WatchPicture,
  { columns, rows }: Size,
): { readonly lines: readonly string[]; readonly shown: readonly RunInfo[] } {
  const { style, notice, runs, selected } = picture;
  // The last column stays free: a terminal that has filled it does not know where it is.
  const width = Math.max(1, columns - 1);
  const chosen = runs[selected];
  const entries = windowOf(entriesOf(picture), chosen, Math.max(1, rows - AROUND));
  const shown = entries.flatMap(({ info }) => (info === undefined ? [] : [info]));
  const [titles = '', ...cells] = tableLines(watchColumns(picture, width), shown, {
    width: Math.max(1, width - MARGIN),
    style,
  });
  const body = entries.map(({ title, info }) => {
    if (info === undefined) return style('bold', cutTo(title ?? '', width));
    const cell = cells[shown.indexOf(info)] ?? '';
    if (info !== chosen) return ' '.repeat(MARGIN) + cell;
    return style('inverse', padTo(`› ${stripVTControlCharacters(cell)}`, width));
  });
  const empty = runs.length === 0 ? [style('dim', cutTo('  no runs yet', width))] : [];
  const filled = [...body, ...empty].slice(0, Math.max(1, rows - AROUND));
  const blank = Array.from({ length: Math.max(0, rows - AROUND - filled.length) }, () => '');
  const foot =
    notice === undefined
      ? style('dim', cutTo(widthOf(KEYS) > width ? SHORT_KEYS : KEYS, width))
      : style('bold', cutTo(oneLine(notice), width));
  const lines = [countLine(picture, width), ' '.repeat(MARGIN) + titles, ...filled, ...blank, foot];
  return { lines: lines.slice(-Math.max(1, rows)), shown };
}

function countLine({ counts, style }: WatchPicture, width: number): string {
  if (counts === undefined) return style('dim', cutTo('counting runs', width));
  const some = RUN_STATUSES.filter((status) => counts[status] > 0);
  if (some.length === 0) return style('dim', cutTo('0 runs', width));
  const long = some.map((status) => `${counts[status]} ${status}`);
  // A narrow terminal gets shorter words before it gets fewer of them.
  const fits = long.join('  ').length <= width;
  const words = fits ? long : some.map((status) => `${counts[status]} ${status.slice(0, 4)}`);
  let room = width;
  return some
    .map((status, i) => {
      const text = cutTo(`${i === 0 ? '' : '  '}${words[i] ?? ''}`, room);
      room -= text.length;
      return paintStatus({ style }, status, text);
    })
    .join('');
}

/** The runs with the titles of their sections between them. */
function entriesOf({ runs, nowMs }: WatchPicture): readonly Entry[] {
  let last: Section | undefined;
  return runs.flatMap((info): Entry[] => {
    const { section } = needOf(info, nowMs);
    const before = section === last ? [] : [{ title: section }];
    last = section;
    return [...before, { info }];
  });
}

/** As much of the list as there is room for, with the selected run in it. */
function windowOf(
  entries: readonly Entry[],
  chosen: RunInfo | undefined,
  height: number,
): readonly Entry[] {
  const at = Math.max(
    0,
    entries.findIndex(({ info }) => info !== undefined && info === chosen),
  );
  // The first run of the list comes with the title above it.
  if (at <= 1) return entries.slice(0, height).slice(at < height ? 0 : at);
  const from = Math.min(Math.max(0, at - Math.floor(height / 2)), entries.length - height);
  return entries.slice(Math.max(0, from), Math.max(0, from) + height);
}
