import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../src/cli/process/line-splitter.ts';

function split(bytes: Uint8Array, cuts: readonly number[], maxLength?: number): string[] {
  const splitter = createLineSplitter(maxLength);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  const lines: string[] = [];
  for (const end of ends) {
    lines.push(...splitter.push(bytes.subarray(from, end)));
    from = end;
  }
  return [...lines, ...splitter.end()];
}

const lineOf = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((text) => text.replaceAll('\n', ''));
const cutsOf = fc.array(fc.nat(), { maxLength: 8 });

describe('a line splitter', () => {
  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(lineOf), cutsOf, (lines, cuts) => {
        const text = lines.map((line) => `${line}\n`).join('');
        expect(split(Buffer.from(text), cuts)).toEqual(lines);
      }),
    );
  });

  it('loses nothing of bytes that are no text, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), cutsOf, (bytes, cuts) => {
        const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        const wanted = text.endsWith('\n') || text === '' ? text : `${text}\n`;
        expect(
          split(bytes, cuts)
            .map((line) => `${line}\n`)
            .join(''),
        ).toBe(wanted);
      }),
    );
  });

  it('cuts a long line into pieces, and no character in two', () => {
    fc.assert(
      fc.property(lineOf, cutsOf, fc.integer({ min: 2, max: 7 }), (line, cuts, max) => {
        const pieces = split(Buffer.from(`${line}\n`), cuts, max);
        expect(pieces.join('')).toBe(line);
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(max);
          expect(piece.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it('keeps a last line without a newline, and empty lines', () => {
    expect(split(Buffer.from('\n\na'), [])).toEqual(['', '', 'a']);
    expect(split(Buffer.from(''), [])).toEqual([]);
  });
});
