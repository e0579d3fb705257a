import type { RunOutputs } from '../../index.ts';

/** Lines on their way to the disk at once: enough to fill the batches of the store, few enough for memory. */
const MAX_PENDING = 1_024;
/** The same in characters, for lines that are very long. */
const MAX_PENDING_LENGTH = 1024 * 1024;

/** Keeps lines as partial outputs, in the order in which they come. */
export interface LineKeeper {
  /**
   * Sends a line on its way. Answers a promise when no more should come before it resolves; it rejects,
   * like every later call, when a line could not be kept.
   */
  keep(text: string, producer: string): void | Promise<void>;
  /** Resolves with the number of lines when all of them are durable; rejects when one could not be kept. */
  settled(): Promise<number>;
}

/** `onKept` is told of every line once it is durable, in order; its promise counts as part of the way. */
export function createLineKeeper(
  outputs: Pick<RunOutputs, 'partial'>,
  onKept: (text: string, producer: string) => void | Promise<void> = () => undefined,
): LineKeeper {
  let lines = 0;
  let pending = 0;
  let length = 0;
  let failure: { readonly error: unknown } | undefined;
  let waiters: (() => void)[] = [];

  const isFull = (): boolean => pending >= MAX_PENDING || length >= MAX_PENDING_LENGTH;
  // Half empty before the next ones are let in, so that they come in batches.
  const hasRoom = (): boolean => pending <= MAX_PENDING / 2 && length <= MAX_PENDING_LENGTH / 2;
  const wake = (): void => {
    for (const waiter of waiters.splice(0)) waiter();
  };
  const until = async (isEnough: () => boolean): Promise<void> => {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (isEnough()) return;
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
  };

  const send = async (text: string, producer: string): Promise<void> => {
    try {
      await outputs.partial(text, { producer });
      const shown = onKept(text, producer);
      if (shown !== undefined) await shown;
    } catch (error) {
      failure ??= { error };
    }
    pending -= 1;
    length -= text.length;
    if (failure !== undefined || hasRoom()) wake();
  };

  return {
    keep: (text, producer) => {
      lines += 1;
      pending += 1;
      length += text.length;
      void send(text, producer);
      return isFull() || failure !== undefined ? until(hasRoom) : undefined;
    },
    settled: async () => {
      await until(() => pending === 0);
      return lines;
    },
  };
}
