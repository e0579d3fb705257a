/** Widths of the characters from space to tilde in hundredths of an em, in a font that is wider than most. */
const WIDTHS = [
  32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
  64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
  61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
  64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];
/** What bold letters take beside regular ones. */
const BOLD = 1.13;
const FIRST = 0x20;
/** From here on characters are mostly as wide as they are high. */
const WIDE = 0x11_00;
const MARK = /^\p{Mn}$/u;

export interface TextFont {
  /** In units of the drawing. */
  readonly size: number;
  readonly bold?: boolean;
}

/** How wide a text is at most, in units of the drawing. There is no canvas to ask on a server. */
export function textWidth(text: string, { size, bold = false }: TextFont): number {
  let hundredths = 0;
  for (const character of text) hundredths += widthOf(character);
  return Math.ceil((hundredths * size * (bold ? BOLD : 1)) / 100);
}

function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= WIDE) return 104;
  if (code < 0x7f) return WIDTHS[code - FIRST] ?? 64;
  return MARK.test(character) ? 0 : 85;
}

const ELLIPSIS = '…';

/** The text, or as much of it as has room with an ellipsis at its end. */
export function cutText(text: string, maxWidth: number, font: TextFont): string {
  if (textWidth(text, font) <= maxWidth) return text;
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  while (characters.length > 1 && textWidth(characters.join('') + ELLIPSIS, font) > maxWidth) {
    characters.pop();
  }
  return characters.join('').trimEnd() + ELLIPSIS;
}

/** Words side by side in lines that are no wider than that, as long as no single one is. */
export function wrapWords(words: readonly string[], maxWidth: number, font: TextFont): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = `${last}, ${word}`;
    if (last !== undefined && textWidth(`${longer},`, font) <= maxWidth)
      lines[lines.length - 1] = longer;
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(cutText(word, maxWidth, font));
    }
  }
  return lines;
}
