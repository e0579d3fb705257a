import type { Keys } from '../../../src/cli/terminal/keys.ts';
import type { Sink } from '../../../src/cli/terminal/sink.ts';
import { until } from './until.ts';

/** A terminal that understands the commands that a full screen is made of, and refuses all others. */
export interface FakeTerminal extends Sink {
  readonly keys: Keys;
  /** What is to be seen now: the rows, without what is blank at their ends. */
  picture(): string;
  /** Everything that was written, piece by piece. */
  readonly written: readonly string[];
  readonly state: {
    readonly isOther: boolean;
    readonly hasCursor: boolean;
    readonly wraps: boolean;
  };
  press(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
  /** Waits until something is to be seen. */
  shows(what: string | RegExp): Promise<void>;
  /** Its window is closed. */
  hangUp(): void;
}

export function fakeTerminal(columns = 80, rows = 24): FakeTerminal {
  const written: string[] = [];
  const listeners = new Set<() => void>();
  const pressed = new Set<(key: string) => void>();
  const closed = new AbortController();
  const size = { columns, rows };
  const state = { isOther: false, hasCursor: true, wraps: true };
  let lines: string[] = [];
  const picture = (): string =>
    lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  const terminal: FakeTerminal = {
    keys: {
      listen: (onKey) => {
        pressed.add(onKey);
        return () => void pressed.delete(onKey);
      },
    },
    picture,
    written,
    state,
    press: (...keys) => {
      for (const key of keys) for (const onKey of pressed) onKey(key);
    },
    resize: (columns, rows) => {
      Object.assign(size, { columns, rows });
      for (const listener of listeners) listener();
    },
    shows: (what) =>
      until(
        () => `the terminal shows ${String(what)}; it shows:\n${picture()}\n`,
        () => (typeof what === 'string' ? picture().includes(what) : what.test(picture())),
      ),
    hangUp: () => closed.abort(new Error('the terminal was closed')),
    write: async (text) => {
      closed.signal.throwIfAborted();
      written.push(String(text));
      lines = draw(String(text), lines, state);
    },
    flush: async () => undefined,
    style: (_, text) => text,
    isTTY: true,
    columns: () => size.columns,
    rows: () => size.rows,
    onResize: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    closed: closed.signal,
  };
  return terminal;
}

type State = { isOther: boolean; hasCursor: boolean; wraps: boolean };

const MODES: Readonly<Record<string, keyof State>> = {
  '1049': 'isOther',
  '25': 'hasCursor',
  '7': 'wraps',
};
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const PIECE = /\x1b\[(\??)(\d*)([A-Za-z])|\r\n|\n|[^\x1b\r\n]+|[^]/g;

/** The screen after a text: each frame begins at the top, and erases what it does not write. */
function draw(text: string, before: readonly string[], state: State): string[] {
  let lines = [...before];
  let row = state.isOther ? 0 : lines.length;
  let line = '';
  for (const [piece, mark, code = '', command] of text.matchAll(PIECE)) {
    if (command === 'h' || command === 'l') {
      const mode = MODES[code];
      if (mode !== undefined) state[mode] = command === 'h';
      if (code === '1049') lines = [];
      if (mode === undefined && code !== '2026') throw new Error(`unknown mode ${code}`);
    } else if (command === 'H') [row, line] = [0, ''];
    else if (command === 'K') lines[row] = line;
    else if (command === 'J') lines.length = Math.min(lines.length, row + 1);
    else if (piece === '\r\n' || piece === '\n') {
      lines[row] = line;
      [row, line] = [row + 1, ''];
    } else if (mark === undefined && !/\p{Cc}/u.test(piece)) line += piece;
    else throw new Error(`a command that no frame should have: ${JSON.stringify(piece)}`);
  }
  return lines;
}
