import { hash } from 'node:crypto';
import type { PgQuery, PgTypes } from './driver.ts';

const BOOL = 16;
const BYTEA = 17;
/** int8, int2, int4; what is kept in them is always a whole number that JavaScript has. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23]);
const NUMBER_LISTS: ReadonlySet<number> = new Set([1005, 1007, 1016]);

/** How values come back, whatever the program has told `pg` about types elsewhere. */
const TYPES: PgTypes = {
  getTypeParser: (oid) => {
    if (NUMBERS.has(oid)) return Number;
    if (oid === BOOL) return (text) => text === 't';
    if (oid === BYTEA) return (text) => Buffer.from(text.slice(2), 'hex');
    if (NUMBER_LISTS.has(oid)) {
      return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));
    }
    return (text) => text;
  },
};

const names = new Map<string, string>();
/** Statements are few: those of lists, by what they filter, and one of each other kind. */
const MAX_NAMES = 5_000;

/** A statement to be prepared once per connection, under a name that is its own in any pool. */
export function prepared(text: string, values: readonly unknown[] = []): PgQuery {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MAX_NAMES) names.clear();
    name = `runchart_${hash('sha256', text).slice(0, 32)}`;
    names.set(text, name);
  }
  return { name, text, values: [...values], types: TYPES };
}

/** A statement that is not worth preparing, or several without values. */
export function plain(text: string, values?: readonly unknown[]): PgQuery {
  return values === undefined
    ? { text, types: TYPES }
    : { text, values: [...values], types: TYPES };
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
