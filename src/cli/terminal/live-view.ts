import { createScreen, type ScreenLine } from './screen.ts';
import type { Sink } from './sink.ts';
import { cutTo, oneLine, widthOf } from './text.ts';
import { stopwatch } from './time.ts';

/** How often the screen is written to: fast enough for the eye, and many lines become one write. */
const FRAME_MS = 50;
/** Text that waits for the next frame, in characters, before its sender has to wait too. */
const MAX_WAITING = 256 * 1024;

/** More than any terminal is wide, in characters. */
const MAX_NOTE = 2_000;

/** Lines that go by, with one line below them that says how things stand. */
export interface LiveView {
  /** Shows a line. While its promise is pending, no more should come. */
  line(text: string, to: 'stdout' | 'stderr'): void | Promise<void>;
  /** What is being done now, as the bottom line says it. */
  status(text: string): void;
  /** Says the last line in the bottom line only. */
  note(text: string): void;
  /** Shows what waits and removes the bottom line. */
  end(): Promise<void>;
}

export interface LiveViewOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Where the elapsed time counts from, in epoch milliseconds. */
  readonly startedAtMs: number;
}

/** The bottom line is there only where standard error is a terminal; else the lines go straight through. */
export function createLiveView(options: LiveViewOptions): LiveView {
  return options.stderr.isTTY ? onTerminal(options) : passThrough(options);
}

function passThrough(sinks: LiveViewOptions): LiveView {
  return {
    line: (text, to) => sinks[to].write(`${text}\n`).catch(() => undefined),
    status: () => undefined,
    note: () => undefined,
    end: async () => undefined,
  };
}

function onTerminal({ stdout, stderr, startedAtMs }: LiveViewOptions): LiveView {
  const screen = createScreen(stderr);
  let status = '';
  let last = '';
  let waiting: ScreenLine[] = [];
  let size = 0;
  let drawing = Promise.resolve();

  const bottomLine = (): string => {
    const elapsed = stopwatch(Date.now() - startedAtMs);
    // One column less than there is: a full row would wrap on some terminals.
    const room = screen.columns() - 1;
    const head = cutTo(`${status} ${elapsed}`, room);
    const tail = cutTo(last, room - widthOf(head) - 2);
    return tail === '' ? head : `${head}  ${stderr.style('dim', tail)}`;
  };
  const draw = (bottom: string): void => {
    drawing = screen.draw(waiting, bottom);
    waiting = [];
    size = 0;
  };
  const redraw = (): void => draw(bottomLine());
  const note = (text: string): void => {
    last = oneLine(text.slice(0, MAX_NOTE)) || last;
  };

  const timer = setInterval(redraw, FRAME_MS);
  const endResize = stderr.onResize(redraw);
  return {
    line: (text, to) => {
      note(text);
      waiting.push({ to: to === 'stdout' ? stdout : stderr, text: `${text}\n` });
      size += text.length;
      if (size < MAX_WAITING) return undefined;
      redraw();
      return drawing;
    },
    status: (text) => {
      status = text;
      last = '';
      redraw();
    },
    note,
    end: async () => {
      clearInterval(timer);
      endResize();
      draw('');
      await drawing;
    },
  };
}
