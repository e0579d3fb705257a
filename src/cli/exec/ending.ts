import type { Run } from '../../index.ts';
import { onEndingSignal } from '../signals.ts';
import { OutputClosed, type Sink } from '../terminal/sink.ts';

/** Whoever runs something in front of a user: how the user ends it. */
export interface Ending {
  /** Cancels the run when the end is asked for, also if it was asked for already. */
  cancels(run: Run<unknown>, onCancel: () => void, onFailure: (error: unknown) => void): void;
  stop(): void;
}

/**
 * Listens for Ctrl-C, SIGTERM, SIGHUP, and for standard output that nobody takes any more: the first
 * cancels the run, the second aborts `force`.
 */
export function listenForEnd(stdout: Pick<Sink, 'closed'>, force: AbortController): Ending {
  const { promise: wanted, resolve } = Promise.withResolvers<string>();
  let asked = false;
  const stop = onEndingSignal((name) => {
    if (asked) force.abort();
    asked = true;
    resolve(name === 'SIGINT' ? 'interrupted (SIGINT)' : `asked to end (${name})`);
  });
  // As a pipe ends the command before it: nobody is left to read what it says.
  const onClosed = (): void => {
    const reason: unknown = stdout.closed.reason;
    const isGone = reason instanceof OutputClosed;
    resolve(
      isGone ? 'the reader of its output went away' : `its output was not taken: ${String(reason)}`,
    );
  };
  stdout.closed.addEventListener('abort', onClosed);

  return {
    cancels: (run, onCancel, onFailure) => {
      const cancel = async (): Promise<void> => {
        const reason = await wanted;
        onCancel();
        try {
          await run.cancel({ reason });
        } catch (error) {
          // It could not be recorded, but it was asked for.
          onFailure(error);
          force.abort();
        }
      };
      void cancel();
    },
    stop: () => {
      stop();
      stdout.closed.removeEventListener('abort', onClosed);
    },
  };
}
