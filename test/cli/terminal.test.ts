import { describe, expect, it } from 'vitest';
import { createLiveView } from '../../src/cli/terminal/live-view.ts';
import type { Sink } from '../../src/cli/terminal/sink.ts';
import { tableLines } from '../../src/cli/terminal/table.ts';
import { cutTo, oneLine, quoteCommand, widthOf } from '../../src/cli/terminal/text.ts';
import { age, duration, stopwatch } from '../../src/cli/terminal/time.ts';

const plain: Sink['style'] = (_, text) => text;

/** A terminal that writes down what it gets. */
function terminal(
  columns: number,
): Sink & { readonly written: string[]; resize(to: number): void } {
  const written: string[] = [];
  const listeners = new Set<() => void>();
  let width = columns;
  return {
    written,
    write: async (text) => void written.push(String(text)),
    flush: async () => undefined,
    style: plain,
    isTTY: true,
    columns: () => width,
    rows: () => 24,
    onResize: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    closed: new AbortController().signal,
    resize: (to) => {
      width = to;
      for (const listener of listeners) listener();
    },
  };
}

describe('text on a terminal', () => {
  it('is measured and cut by columns', () => {
    expect(widthOf('日本語')).toBe(6);
    expect(widthOf('👩‍💻e\u0301')).toBe(3);
    expect(cutTo('日本語', 6)).toBe('日本語');
    expect(cutTo('日本語', 5)).toBe('日本…');
    expect(cutTo('abcdef', 4)).toBe('abc…');
    expect(cutTo('abc', 0)).toBe('');
    expect(widthOf(cutTo('x'.repeat(1_000_000), 80))).toBe(80);
  });

  it('cannot command the terminal', () => {
    expect(oneLine('\x1b[31mred\x1b[0m\r\n\tnext\x07.')).toBe('red next .');
    expect(oneLine('a\x9b2Jb\x00')).not.toMatch(/\p{Cc}/u);
    expect(oneLine('a\u202eb')).toBe('a b');
  });

  it('quotes a command as a shell would read it', () => {
    expect(quoteCommand(['sh', '-c', "echo 'x'", ''])).toBe(String.raw`sh -c 'echo '\''x'\''' ''`);
  });

  it('says times in few words', () => {
    expect([0, 999, 1_000, 59_999, 60_000, 7_500_000, 90_000_000].map(duration)).toEqual([
      '0 ms',
      '999 ms',
      '1.0 s',
      '59.9 s',
      '1 m 0 s',
      '2 h 5 m',
      '1 d 1 h',
    ]);
    expect([-5, 61_000, 3_600_000, 86_400_000].map(age)).toEqual(['0s', '1m', '1h', '1d']);
    expect([7_000, 765_000, 3_723_000].map(stopwatch)).toEqual(['0:07', '12:45', '1:02:03']);
  });

  it.each([80, 40, 20])('keeps a table within %i columns', (width) => {
    const columns = [
      { title: 'RUN', cell: (row: string) => row },
      { title: 'SESSION', cell: () => 'a session', dropOrder: 1 },
      { title: 'PROMPT', cell: () => 'a prompt that is longer than what is left 日本語'.repeat(3) },
    ];
    const lines = tableLines(columns, ['run_12345678'], { width, style: plain });
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(lines[0]?.includes('SESSION')).toBe(width > 20);
  });
});

describe('a live view', () => {
  it('keeps its bottom line within the width, also when that changes, and removes it at the end', async () => {
    const [stdout, stderr] = [terminal(60), terminal(60)];
    const view = createLiveView({ stdout, stderr, startedAtMs: Date.now() });
    view.status('executing');
    void view.line('x'.repeat(200), 'stdout');
    view.status('verifying');
    view.note('y'.repeat(200));
    stderr.resize(20);
    await view.end();
    expect(stdout.written.join('')).toBe(`${'x'.repeat(200)}\n`);
    const last = stderr.written.at(-2) ?? '';
    // A terminal that became narrower has wrapped the line: all of its rows are removed.
    expect(last.replaceAll('\x1b', 'ESC')).toMatch(/^\r(ESC\[\dA)?ESC\[J/);
    expect(widthOf(oneLine(last))).toBeLessThan(20);
    expect(stderr.written.at(-1)).toBe('\r\x1b[J');
  });

  it('writes many lines of one moment at once', async () => {
    const [stdout, stderr] = [terminal(60), terminal(60)];
    const view = createLiveView({ stdout, stderr, startedAtMs: Date.now() });
    for (let i = 0; i < 100; i += 1) void view.line(String(i), 'stdout');
    await view.end();
    expect(stdout.written).toHaveLength(1);
    expect(stdout.written[0]?.split('\n')).toHaveLength(101);
  });
});
