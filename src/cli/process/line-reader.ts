import type { Readable } from 'node:stream';
import { createLineSplitter } from './line-splitter.ts';

/** Takes a line; while its promise is pending the stream is not read any further. */
export type TakeLine = (text: string) => void | Promise<void>;

/** A stream that is being read line by line. */
export interface LineReader {
  /** Resolves at the end of the stream, when every line was taken; rejects with what a taker threw. */
  readonly done: Promise<void>;
  /** Milliseconds since the stream last gave something; 0 while a line is being taken. */
  idleMs(): number;
  /** Lets the stream go, whoever still holds its other end; lines that were not taken yet are dropped. */
  abandon(): void;
}

export function readLines(stream: Readable, take: TakeLine): LineReader {
  let lastMs = performance.now();
  let taking = false;
  let abandoned = false;

  const takeAll = async (lines: readonly string[]): Promise<void> => {
    taking = true;
    for (const line of lines) {
      if (abandoned) break;
      const taken = take(line);
      if (taken !== undefined) await taken;
    }
    taking = false;
    lastMs = performance.now();
  };

  const read = async (): Promise<void> => {
    const splitter = createLineSplitter();
    try {
      for await (const chunk of stream) await takeAll(splitter.push(chunk as Buffer));
    } catch (error) {
      if (!isCutShort(error)) throw error;
    }
    await takeAll(splitter.end());
  };

  return {
    done: read(),
    idleMs: () => (taking ? 0 : performance.now() - lastMs),
    abandon: () => {
      abandoned = true;
      stream.destroy();
    },
  };
}

/** How reading a stream ends that was destroyed. */
function isCutShort(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
