import { setImmediate as nextTurn } from 'node:timers/promises';
import { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Thrown where the reader of the output went away: there is nobody left to tell anything. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Where text goes, and the bytes of files: standard output or standard error. */
export interface Sink {
  /** Resolves when more may be written. Rejects with the reason of `closed` when nothing can be. */
  write(text: string | Uint8Array): Promise<void>;
  /** Resolves when all of it has been written; rejects like `write`. */
  flush(): Promise<void>;
  /** Colours a text, where the stream is a terminal and NO_COLOR does not forbid it. */
  style(format: Format, text: string): string;
  readonly isTTY: boolean;
  /** The width of the terminal; undefined when it is none. */
  columns(): number | undefined;
  /** Its height, in the same way. */
  rows(): number | undefined;
  /** Calls back when the size of the terminal changes. Answers a function that ends that. */
  onResize(listener: () => void): () => void;
  /** Aborted when the reader went away (OutputClosed), or with the error that writing failed with. */
  readonly closed: AbortSignal;
}

/** For terminals that do not know their size. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const DONE = Promise.resolve();
/** What writing fails with when nobody reads any more: a pipe after `| head`, a terminal that was closed. */
const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO', 'ECONNRESET']);

export function createSink(stream: NodeJS.WritableStream): Sink {
  const closed = new AbortController();
  const { signal } = closed;
  const isTTY = stream instanceof WriteStream;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed.abort(GONE.has(error.code) ? new OutputClosed() : error);
  });
  // One wait for all who wait.
  let draining: Promise<void> | undefined;
  return {
    write: (text) => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (stream.write(text)) return DONE;
      draining ??= drained(stream, signal).finally(() => (draining = undefined));
      return draining;
    },
    flush: async () => {
      // Errors are told after the callback, in the same turn or the next one.
      await new Promise((resolve) => stream.write('', resolve));
      await nextTurn();
      signal.throwIfAborted();
    },
    style: (format, text) => styleText(format, text, { stream }),
    isTTY,
    columns: () => (isTTY ? stream.columns || DEFAULT_COLUMNS : undefined),
    rows: () => (isTTY ? stream.rows || DEFAULT_ROWS : undefined),
    onResize: (listener) => {
      stream.on('resize', listener);
      return () => void stream.off('resize', listener);
    },
    closed: signal,
  };
}

function drained(stream: NodeJS.WritableStream, closed: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClosed = (): void => reject(closed.reason as Error);
  stream.once('drain', resolve);
  closed.addEventListener('abort', onClosed);
  return promise.finally(() => {
    stream.off('drain', resolve);
    closed.removeEventListener('abort', onClosed);
  });
}
