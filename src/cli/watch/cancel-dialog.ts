import type { Runtime } from '../../index.ts';
import { errorLine } from '../cli-error.ts';

/** The question whether a run is to be cancelled, and what came of it. */
export interface CancelDialog {
  ask(runId: string): void;
  /** Takes the key that answers, while it asks. Answers whether it did. */
  key(key: string): boolean;
  /** What there is to say; undefined for nothing. */
  text(): string | undefined;
  /** Says something else, or nothing any more. */
  say(text: string | undefined): void;
}

/** Only `y` cancels; every other key leaves the run alone. */
export function createCancelDialog(
  runtime: Pick<Runtime, 'get'>,
  onChange: () => void,
): CancelDialog {
  let asking: string | undefined;
  let said: string | undefined;
  const cancel = async (runId: string): Promise<void> => {
    const run = await runtime.get(runId);
    const { outcome, status } = await run.cancel({ reason: 'cancelled in runchart watch' });
    said = outcome === 'cancelled' ? `cancelled: ${runId}` : `already ${status}: ${runId}`;
  };
  return {
    ask: (runId) => (asking = runId),
    key: (key) => {
      const runId = asking;
      if (runId === undefined) return false;
      asking = undefined;
      said = undefined;
      if (key === 'y' || key === 'shift-y') {
        cancel(runId)
          .catch((error: unknown) => (said = errorLine(error)))
          .finally(onChange);
      }
      return true;
    },
    // A narrow terminal cuts the id, not the question.
    text: () => (asking === undefined ? said : `cancel for good? y/n  ${asking}`),
    say: (text) => (said = text),
  };
}
