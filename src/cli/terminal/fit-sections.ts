/** A part of a page. */
export interface PageSection {
  /** Above its lines; a section without lines has none. */
  readonly title?: (shown: number, all: number) => string;
  readonly lines: readonly string[];
  /** Which of its lines are left where not all have room. */
  readonly keep: 'first' | 'last';
  /** Higher gets its room first. */
  readonly weight: number;
  /** As many lines as it gets before those with a lower weight get any. Default 1. */
  readonly atOnce?: number;
}

/**
 * A page of at most so many rows. Each section gets a line, the one with the highest weight first, then
 * all of them grow in turn. A blank line goes before a title, where there is room for everything else.
 */
export function fitSections(sections: readonly PageSection[], rows: number): string[] {
  const used = sections.filter(({ lines }) => lines.length > 0);
  const byWeight = used.toSorted((a, b) => b.weight - a.weight);
  const counts = new Map(used.map((section) => [section, 0]));
  let left = rows;
  for (let grew = true; grew && left > 0;) {
    grew = false;
    for (const section of byWeight) {
      const count = counts.get(section) ?? 0;
      // A title goes with the first line.
      const title = count === 0 && section.title !== undefined ? 1 : 0;
      const wanted = count === 0 ? (section.atOnce ?? 1) : 1;
      const more = Math.min(wanted, section.lines.length - count, left - title);
      if (more <= 0) continue;
      counts.set(section, count + more);
      left -= more + title;
      grew = true;
    }
  }
  return used.flatMap((section) => {
    const { lines, title, keep } = section;
    const count = counts.get(section) ?? 0;
    if (count === 0) return [];
    const shown = keep === 'first' ? lines.slice(0, count) : lines.slice(-count);
    if (title === undefined) return shown;
    const head = title(count, lines.length);
    if (left === 0) return [head, ...shown];
    left -= 1;
    return ['', head, ...shown];
  });
}
