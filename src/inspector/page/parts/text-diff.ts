import { create } from 'jsondiffpatch';

/** A part of two texts: in both, only in the older, or only in the newer one. */
export interface TextPiece {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Pairs of lines or words that are compared at most. */
const PAIRS = 2_000_000;

/**
 * How two texts differ: by lines if they have several, by words otherwise. undefined when they are too
 * different in too much text to be shown so.
 */
export function textDiff(before: string, after: string): readonly TextPiece[] | undefined {
  const isLined = before.includes('\n') || after.includes('\n');
  const split = (text: string): string[] =>
    isLined ? text.split(/(?<=\n)/) : text.split(/(?<=\s)/);
  const [old, young] = [split(before), split(after)];
  const head = common(old, young, (list, index) => list[index]);
  const most = Math.min(old.length, young.length) - head;
  const tail = Math.min(
    most,
    common(old, young, (list, index) => list.at(-1 - index)),
  );
  if ((old.length - head - tail) * (young.length - head - tail) > PAIRS) return undefined;
  const delta = create({ objectHash: String, arrays: { detectMove: false } }).diff(old, young);
  return joined(piecesOf(old, young, (delta ?? {}) as Readonly<Record<string, unknown>>));
}

function common(
  a: readonly string[],
  b: readonly string[],
  at: (list: readonly string[], index: number) => string | undefined,
): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && at(a, length) === at(b, length)) length += 1;
  return length;
}

function* piecesOf(
  old: readonly string[],
  young: readonly string[],
  delta: Readonly<Record<string, unknown>>,
): Generator<TextPiece, void, void> {
  let before = 0;
  let after = 0;
  while (before < old.length || after < young.length) {
    if (before < old.length && `_${before}` in delta) {
      yield { kind: 'removed', text: old[before] as string };
      before += 1;
    } else if (after < young.length && after in delta) {
      yield { kind: 'added', text: young[after] as string };
      after += 1;
    } else {
      yield { kind: 'same', text: young[after] ?? '' };
      before += 1;
      after += 1;
    }
  }
}

function joined(pieces: Iterable<TextPiece>): readonly TextPiece[] {
  const found: { kind: TextPiece['kind']; texts: string[] }[] = [];
  for (const { kind, text } of pieces) {
    const last = found.at(-1);
    if (last?.kind === kind) last.texts.push(text);
    else found.push({ kind, texts: [text] });
  }
  return found.map(({ kind, texts }) => ({ kind, text: texts.join('') }));
}
