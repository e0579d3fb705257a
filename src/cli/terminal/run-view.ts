import { EXIT } from '../cli-error.ts';
import { openFullScreen, type Size } from './full-screen.ts';
import type { Keys } from './keys.ts';
import type { Sink } from './sink.ts';

/** Between two frames at least, in milliseconds: 20 in a second. */
const FRAME_MS = 50;
/** Times go on by themselves this often. */
const TICK_MS = 1_000;

/** Something that fills a terminal, and that keys are for. */
export interface View {
  /** The picture as it is now. No line MUST be wider than `columns`, and none may hold what commands a terminal. */
  frame(size: Size): readonly string[];
  key(key: string): void;
}

/** What a view has to say to the terminal that shows it. */
export interface Stage {
  /** Something has changed: soon there is another frame. */
  redraw(): void;
  /** The view is over, with the exit code of the command. */
  end(exitCode: number): void;
  /** The view cannot go on: the command fails with that. */
  fail(error: unknown): void;
  /** Aborted when the view is over, for whatever reason. */
  readonly over: AbortSignal;
}

export interface ViewTerminal {
  readonly stdout: Sink;
  readonly keys: Keys | undefined;
  /** Aborted by a signal that asks the process to end. */
  readonly interrupted: AbortSignal;
}

/**
 * Shows a view until it ends, a signal comes or the terminal goes away, and answers the exit code. The
 * terminal is as it was before on every way out.
 */
export async function runView(
  { stdout, keys, interrupted }: ViewTerminal,
  open: (stage: Stage) => View,
): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  const over = new AbortController();
  const cancel = (): void => resolve(EXIT.cancelled);
  const gone = (): void => resolve(EXIT.ok);
  const screen = openFullScreen(stdout);
  let stopKeys: (() => void) | undefined;
  let endResize: (() => void) | undefined;
  let frames: Frames | undefined;
  try {
    interrupted.addEventListener('abort', cancel);
    stdout.closed.addEventListener('abort', gone);
    if (interrupted.aborted) cancel();
    if (stdout.closed.aborted) gone();
    const stage = {
      redraw: () => frames?.soon(),
      end: resolve,
      fail: reject,
      over: over.signal,
    };
    const view = open(stage);
    frames = createFrames(() => screen.draw(view.frame(screen.size())), reject);
    const onFrame = frames.soon;
    endResize = stdout.onResize(() => {
      screen.redrawAll();
      onFrame();
    });
    stopKeys = keys?.listen((key) => (key === 'ctrl-c' ? cancel() : view.key(key)));
    frames.soon();
    return await ended;
  } finally {
    over.abort();
    frames?.stop();
    endResize?.();
    stopKeys?.();
    interrupted.removeEventListener('abort', cancel);
    stdout.closed.removeEventListener('abort', gone);
    await screen.close();
  }
}

interface Frames {
  soon(): void;
  stop(): void;
}

/** However often it is asked for, a frame is drawn no more often than the eye can follow. */
function createFrames(draw: () => void, onError: (error: unknown) => void): Frames {
  let timer: NodeJS.Timeout | undefined;
  let lastMs = -Infinity;
  const now = (): void => {
    timer = undefined;
    lastMs = performance.now();
    try {
      draw();
    } catch (error) {
      onError(error);
    }
  };
  const soon = (): void => {
    timer ??= setTimeout(now, Math.max(0, lastMs + FRAME_MS - performance.now()));
  };
  const tick = setInterval(soon, TICK_MS);
  return {
    soon,
    stop: () => {
      clearInterval(tick);
      clearTimeout(timer);
    },
  };
}
