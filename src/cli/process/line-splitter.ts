import { StringDecoder } from 'node:string_decoder';

/** The longest line that is kept whole, in UTF-16 code units; a longer one comes in pieces. */
const MAX_LINE_LENGTH = 64 * 1024;

/** Makes lines of the bytes of a stream, however they are cut into chunks. */
export interface LineSplitter {
  /** The lines that this chunk ends, without their newline. Bytes that are not UTF-8 become U+FFFD. */
  push(chunk: Uint8Array): readonly string[];
  /** What is left when the stream ends: the last line, if no newline ended it. */
  end(): readonly string[];
}

export function createLineSplitter(maxLength = MAX_LINE_LENGTH): LineSplitter {
  // It keeps back the bytes of a character that the next chunk completes.
  const decoder = new StringDecoder('utf8');
  let rest = '';

  const take = (text: string): string[] => {
    const whole = (rest + text).split('\n');
    const pieces = cut(whole.pop() ?? '', maxLength);
    rest = pieces.pop() ?? '';
    return [...whole.flatMap((line) => cut(line, maxLength)), ...pieces];
  };

  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      const lines = take(decoder.end());
      if (rest !== '') lines.push(rest);
      rest = '';
      return lines;
    },
  };
}

/** The line in pieces of at most `max`; a character of two code units is never torn apart. */
function cut(line: string, max: number): string[] {
  if (line.length <= max) return [line];
  const pieces: string[] = [];
  let from = 0;
  while (line.length - from > max) {
    const to = from + max - (isHighSurrogate(line.charCodeAt(from + max - 1)) ? 1 : 0);
    pieces.push(line.slice(from, to));
    from = to;
  }
  return [...pieces, line.slice(from)];
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
