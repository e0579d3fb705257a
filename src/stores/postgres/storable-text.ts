// Texts of Postgres cannot hold the character U+0000. Ids, names and keys may have it all the same, and
// come back as they were: it is kept as U+0001 U+0031, and U+0001 itself as U+0001 U+0032. JSON texts
// have neither of the two characters, as JSON escapes both: they are kept as they are.

// oxlint-disable-next-line no-control-regex -- these are the characters that it is about
const ODD = /[\u0000\u0001]/;
// oxlint-disable-next-line no-control-regex -- the same
const EACH_ODD = /[\u0000\u0001]/g;
// oxlint-disable-next-line no-control-regex -- the same
const EACH_KEPT = /\u0001([12])/g;
const MARK = '\u0001';

/** The text as the database keeps it. Different texts are kept as different ones. */
export function keptText(text: string): string {
  if (!ODD.test(text)) return text;
  return text.replace(EACH_ODD, (odd) => (odd === MARK ? `${MARK}2` : `${MARK}1`));
}

/** The text that was given. */
export function givenText(kept: string): string {
  if (!kept.includes(MARK)) return kept;
  return kept.replace(EACH_KEPT, (_, digit: string) => (digit === '2' ? MARK : '\u0000'));
}

export function keptOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : keptText(text);
}

export function givenOrNull(kept: string | null): string | null {
  return kept === null ? null : givenText(kept);
}
