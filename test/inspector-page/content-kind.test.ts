import { describe, expect, it } from 'vitest';
import { fileNameOf, kindOfContent } from '../../src/inspector/page/run/outputs/content-kind.ts';
import { parseCsv } from '../../src/inspector/page/run/outputs/csv.ts';
import type { OutputContent, OutputRecord } from '../../src/stores/index.ts';

const file = (path: string, mime?: string): OutputContent => ({
  kind: 'file',
  path,
  size: 1,
  sha256: '',
  ...(mime !== undefined && { mime }),
});

const artifact = (name: string, content: OutputContent): OutputRecord => ({
  id: 'out_1',
  runId: 'run',
  taskId: 'run',
  attempt: 1,
  producer: 'run',
  parentRefs: [],
  createdAtMs: 0,
  event: { type: 'artifact', name, content },
});

describe('how a content is looked at', () => {
  it.each([
    ['report.md', 'text/markdown', 'text'],
    ['data.json', 'application/json; charset=utf-8', 'json'],
    ['map', 'application/geo+json', 'json'],
    ['table.csv', 'text/csv', 'table'],
    ['photo', 'image/webp', 'image'],
    ['drawing.svg', undefined, 'image'],
    ['main.ts', undefined, 'text'],
    ['program', 'application/wasm', 'other'],
    ['film.avi', 'video/x-msvideo', 'other'],
    ['unknown', undefined, 'other'],
  ] as const)('%s of type %s is %s', (path, mime, kind) => {
    expect(kindOfContent(file(path, mime))).toBe(kind);
  });

  it('a value is a text or JSON', () => {
    expect(kindOfContent({ kind: 'inline', value: 'words' })).toBe('text');
    expect(kindOfContent({ kind: 'inline', value: ['words'] })).toBe('json');
  });
});

describe('the name under which an output is saved', () => {
  it('is that of its file, without its folders', () => {
    expect(fileNameOf(artifact('x', file('out/a.png')))).toBe('a.png');
  });

  it('is made from its name, with an ending that says what it is', () => {
    expect(fileNameOf(artifact('a/b: c', { kind: 'inline', value: 1 }))).toBe('a_b_ c.json');
    expect(fileNameOf(artifact('plan', { kind: 'inline', value: 'x' }))).toBe('plan.txt');
    expect(fileNameOf(artifact('plan.md', { kind: 'inline', value: 'x' }))).toBe('plan.md');
  });
});

describe('comma-separated values', () => {
  it('may be quoted, with commas, quotes and ends of lines in them', () => {
    expect(parseCsv('a,b\r\n"1,2","say ""so""\nthen"\n', 10)).toEqual([
      ['a', 'b'],
      ['1,2', 'say "so"\nthen'],
    ]);
  });

  it('may be separated by semicolons or tabs, and have empty cells', () => {
    expect(parseCsv('a;b\n;2', 10)).toEqual([
      ['a', 'b'],
      ['', '2'],
    ]);
    expect(parseCsv('a\tb\n1\t', 10)).toEqual([
      ['a', 'b'],
      ['1', ''],
    ]);
  });

  it('are read no further than asked for', () => {
    expect(parseCsv('a\n'.repeat(100), 3)).toHaveLength(3);
  });
});
