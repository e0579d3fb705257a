import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text of the source that a fault replaces. */
export interface PlaceOfFault {
  readonly name: string;
  /** Below the root. */
  readonly file: string;
  /** Has to stand in the file exactly once. */
  readonly text: string;
}

/** One line for each text that does not stand exactly once where it should: the source has moved on. */
export function findMisfits(root: string, places: readonly PlaceOfFault[]): readonly string[] {
  return places.flatMap(({ name, file, text }) => {
    const path = join(root, file);
    if (!existsSync(path)) return [`"${name}": there is no ${file}`];
    const times = readFileSync(path, 'utf8').split(text).length - 1;
    const start = JSON.stringify(text.trim().split('\n')[0]);
    return times === 1 ? [] : [`"${name}": ${file} has its text ${times} times: ${start}`];
  });
}
