import type { Sink } from './sink.ts';
import { oneLine, widthOf } from './text.ts';

/** Of a terminal that does not say. */
const DEFAULT_COLUMNS = 80;

export interface ScreenLine {
  readonly to: Sink;
  /** With its newline. */
  readonly text: string;
}

/** A terminal whose lowest line is redrawn, while others go by above it. */
export interface Screen {
  /** Shows lines, and below them the bottom line; an empty one is none. Resolves when more may come. */
  draw(lines: readonly ScreenLine[], bottom: string): Promise<void>;
  columns(): number;
}

/** The bottom line goes to `stderr`. One write per change of stream, so that it never blinks. */
export function createScreen(stderr: Sink): Screen {
  let drawn = '';
  const columns = (): number => stderr.columns() ?? DEFAULT_COLUMNS;

  /** Back to where the bottom line began: a terminal that became narrower has wrapped it. */
  const erase = (): string => {
    if (drawn === '') return '';
    const rows = Math.max(1, Math.ceil(widthOf(oneLine(drawn)) / columns()));
    return `\r${rows > 1 ? `\x1b[${rows - 1}A` : ''}\x1b[J`;
  };

  return {
    draw: async (lines, bottom) => {
      if (lines.length === 0 && bottom === drawn) return;
      const parts = [{ to: stderr, text: erase() }, ...lines, { to: stderr, text: bottom }];
      drawn = bottom;
      const writes = joined(parts).map(({ to, text }) => to.write(text));
      // A reader that went away is no concern of the screen.
      await Promise.allSettled(writes);
    },
    columns,
  };
}

/** The same text in as few pieces as the changes between the streams allow. */
function joined(parts: readonly ScreenLine[]): ScreenLine[] {
  const runs: { to: Sink; texts: string[] }[] = [];
  for (const { to, text } of parts) {
    const run = runs.at(-1);
    if (text === '') continue;
    if (run?.to === to) run.texts.push(text);
    else runs.push({ to, texts: [text] });
  }
  return runs.map(({ to, texts }) => ({ to, text: texts.join('') }));
}
