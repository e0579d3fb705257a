import type { Dispatch, Host } from '../../../index.ts';

/** A dispatch that drives a run only when it is told to, so that a model can say what comes when. */
export interface HeldDispatch extends Dispatch {
  /** Drives a run; resolves when the work on it has ended. */
  drive(runId: string): Promise<unknown>;
}

export function heldDispatch(): HeldDispatch {
  const stopped = new AbortController();
  const driven = new Set<Promise<unknown>>();
  let host: Host | undefined;
  return {
    // What is queued stays so: whoever wants it driven says so.
    submit: () => {},
    drive: (runId) => {
      const work = host?.(runId, stopped.signal, { lend: () => () => {} });
      if (work !== undefined) driven.add(work);
      return work ?? Promise.resolve();
    },
    serve: (given) => {
      host = given;
      return {
        drained: async () => {
          await Promise.all(driven);
        },
        stop: async (reason) => {
          stopped.abort(reason);
          await Promise.all(driven);
        },
      };
    },
  };
}
