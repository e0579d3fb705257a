import { stripVTControlCharacters } from 'node:util';

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** What terminals draw two columns wide: East Asian wide and full-width characters, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
/** What takes no column by itself: marks that combine, and what joins or separates without a sign. */
const UNSEEN = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const PLAIN = /^[\x20-\x7e]*$/;
const CONTROLS =
  // oxlint-disable-next-line no-control-regex -- they are what is removed
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** The text on one line, without anything that a terminal would take as a command. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS, ' ').trim();
}

/** How many columns a text takes on a terminal. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += columnsOf(segment);
  return width;
}

function columnsOf(segment: string): number {
  if (WIDE.test(segment)) return 2;
  return UNSEEN.test(segment) ? 0 : 1;
}

/** The text cut to `columns`, with `…` where something is missing. */
export function cutTo(text: string, columns: number): string {
  if (columns <= 0) return '';
  // A megabyte of text costs no more than what is shown of it; no character of a row takes 16 units.
  const start = text.length > columns * 16 ? text.slice(0, columns * 16) : text;
  if (start === text && widthOf(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const { segment } of GRAPHEMES.segment(start)) {
    width += columnsOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text filled up with spaces. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** `1 event`, `2 events`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `512 bytes`, `1.5 KiB`, `20.0 MiB`. */
export function byteText(bytes: number): string {
  let [size, unit] = [bytes, ''];
  for (const next of ['KiB', 'MiB', 'GiB', 'TiB']) {
    if (size < 1024) break;
    [size, unit] = [size / 1024, next];
  }
  return unit === '' ? counted(bytes, 'byte') : `${size.toFixed(1)} ${unit}`;
}

/** A command line as one would type it. */
export function quoteCommand(command: readonly string[]): string {
  const quote = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return command.map(quote).join(' ');
}
