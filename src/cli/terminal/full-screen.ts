import type { Sink } from './sink.ts';

/** The size of a frame, in columns and rows. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The whole terminal as one picture, beside what was on it before. */
export interface FullScreen {
  /** Shows a frame in the place of the last. Lines beyond the height are left out. */
  draw(lines: readonly string[]): void;
  /** The next frame is shown even if it is the same as the last: a terminal that was resized has moved things. */
  redrawAll(): void;
  size(): Size;
  /** Brings back what was on the terminal before. May be repeated. */
  close(): Promise<void>;
}

/** The other screen, without a cursor, and without a wrap of what a terminal draws wider than we think. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Terminals that know of it show what is between the two at once; others pass it over. */
const [TOGETHER, SHOWN] = ['\x1b[?2026h', '\x1b[?2026l'];

/**
 * Takes the terminal over. Whoever opens it MUST close it; a process that ends without that gives the
 * terminal back in its last moment, unless it is killed by SIGKILL.
 */
export function openFullScreen(stdout: Sink): FullScreen {
  let drawn: string | undefined;
  let next: string | undefined;
  let isBusy = false;
  let isOpen = true;
  const size = (): Size => ({ columns: stdout.columns() ?? 80, rows: stdout.rows() ?? 24 });
  const write = (text: string): Promise<void> => stdout.write(text).catch(() => undefined);
  const leave = (): Promise<void> => {
    if (!isOpen) return Promise.resolve();
    isOpen = false;
    process.off('exit', leave);
    return write(LEAVE);
  };
  // Writing to a terminal is done before it returns, also here.
  process.once('exit', leave);
  void write(ENTER);
  const show = async (frame: string): Promise<void> => {
    // A terminal that is slow gets the newest frame when it has taken the last.
    next = frame;
    if (isBusy) return;
    isBusy = true;
    while (next !== undefined) {
      const text = next;
      next = undefined;
      if (text === drawn || !isOpen) continue;
      drawn = text;
      await write(`${TOGETHER}\x1b[H${text}\x1b[J${SHOWN}`);
    }
    isBusy = false;
  };
  return {
    draw: (lines) => void show(lines.slice(0, size().rows).map(wholeLine).join('\r\n')),
    redrawAll: () => (drawn = undefined),
    size,
    close: leave,
  };
}

/** What is left of an earlier line goes, without an instant in which there is none. */
function wholeLine(line: string): string {
  return `${line}\x1b[K`;
}
